// node/quantity.hpp: amounts as a person writes them: 10G, 7d.
// Errors: anything else; `what` says which forms there are.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "base/result.hpp"

namespace bellwether::node {

Result<std::uint64_t> parse_size(std::string_view text);             // bytes; K M G T are powers of 1024
Result<std::chrono::seconds> parse_duration(std::string_view text);  // s m h d; never without its unit

}  // namespace bellwether::node
