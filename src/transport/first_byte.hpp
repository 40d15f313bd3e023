// transport/first_byte.hpp: what a connection speaks, told by its first byte that is not white space.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace bellwether::transport {

enum class Speech { packets, http, syslog, tls, unknown };

struct FirstByte {
  std::size_t skipped = 0;       // white space before it
  std::optional<Speech> speech;  // none: nothing but white space
};

FirstByte recognise(std::string_view start);

}  // namespace bellwether::transport
