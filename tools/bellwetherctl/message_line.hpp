// bellwetherctl/message_line.hpp: a message as tail and inspect print it.
// Threads: one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "options.hpp"
#include "protocol/ids.hpp"

namespace bellwether::ctl {

// Adds one line, as `options` want it: the message, its offset before it, or an object of JSON. `time_ms`: when a leader
// took it.
void add_message_line(std::string& text, const Options& options, Offset offset, std::uint64_t time_ms,
                      std::string_view message);

}  // namespace bellwether::ctl
