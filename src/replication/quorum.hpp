// replication/quorum.hpp: the arithmetic of majorities.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <vector>

#include "base/assert.hpp"
#include "protocol/ids.hpp"

namespace bellwether::replication {

// The largest index that at least `majority` of the voters have; `positions` is what each voter has.
inline Index largest_on_majority(std::vector<Index> positions, std::size_t majority) {
  BELLWETHER_ASSERT(majority >= 1);
  if (positions.size() < majority) return 0;
  const auto nth = positions.begin() + static_cast<std::ptrdiff_t>(majority - 1);
  std::ranges::nth_element(positions, nth, std::greater<>());
  return *nth;
}

}  // namespace bellwether::replication
