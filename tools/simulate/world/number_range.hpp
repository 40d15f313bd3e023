// simulate/world/number_range.hpp: "7" and "4-9", as the command line has them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace bellwether::simulation {

struct NumberRange {  // first <= last
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};

// Decimal digits and at most one dash between them; none: anything else, also what doesn't fit 64 bits.
std::optional<NumberRange> number_range_from(std::string_view text);

}  // namespace bellwether::simulation
