// transport/address.hpp: HOST:PORT as people write it; an IPv6 address in brackets.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace bellwether::transport {

struct HostAndPort {
  std::string host;  // without brackets
  std::uint16_t port = 0;
};

// Errors: no host, no port, or a port outside 1 to 65535.
Result<HostAndPort> parse_address(std::string_view text);

std::string to_string(const HostAndPort& address);

}  // namespace bellwether::transport
