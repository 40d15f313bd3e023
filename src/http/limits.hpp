// http/limits.hpp: what one HTTP request may be. docs/protocol.md says which status answers each.
#pragma once

#include <cstddef>

#include "protocol/limits.hpp"

namespace bellwether::http::limits {

constexpr std::size_t message_prefix_bytes = 4;  // what an append puts before a message: its length
constexpr std::size_t head_bytes_max = 64 * bellwether::limits::kib;  // the request line and all headers
constexpr std::size_t target_bytes_max = 8 * bellwether::limits::kib;
// A body becomes one message of an append, which has the limit of a packet's body.
constexpr std::size_t body_bytes_max = bellwether::limits::client_body_bytes_max - message_prefix_bytes;

}  // namespace bellwether::http::limits
