// node/address.hpp: HOST:PORT as a user writes it on the command line, and what kind of host it names.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.hpp"
#include "transport/address.hpp"

namespace bellwether::node {

using Address = transport::HostAndPort;

// As transport::parse_address; a text without a port gets `default_port`, where there is one.
Result<Address> parse_address(std::string_view text,
                              std::optional<std::uint16_t> default_port = std::nullopt);

bool is_wildcard(std::string_view host);  // listens everywhere, so it is no address that others could use
bool is_loopback(std::string_view host);  // only this machine reaches it

}  // namespace bellwether::node
