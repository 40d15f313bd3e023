// bellwetherctl/output.hpp: what goes to stdout, in large writes.
// Threads: one.
#pragma once

#include <string>
#include <string_view>

namespace bellwether::ctl {

enum class Written { all, reader_gone, failed };

// The reader of a pipe may go away at any time (`bellwetherctl tail | head`): that is no error.
Written write_to_stdout(std::string_view text);

bool stdout_has_colour();  // a terminal, and NO_COLOR is not set

}  // namespace bellwether::ctl
