#include "replication/quorum.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace bellwether::replication {
namespace {

// All positions 0..3 of up to five voters, against counting.
TEST(Quorum, TheLargestIndexThatAMajorityHasIsFoundForEveryCombination) {
  for (std::size_t voters = 1; voters <= 5; ++voters) {
    const std::size_t majority = voters / 2 + 1;
    std::size_t combinations = 1;
    for (std::size_t i = 0; i < voters; ++i) combinations *= 4;
    for (std::size_t code = 0; code < combinations; ++code) {
      std::vector<Index> positions;
      for (std::size_t i = 0, rest = code; i < voters; ++i, rest /= 4) positions.push_back(rest % 4);
      Index expected = 0;
      for (Index index = 1; index <= 3; ++index) {
        const auto have = std::ranges::count_if(positions, [&](Index position) { return position >= index; });
        if (static_cast<std::size_t>(have) >= majority) expected = index;
      }
      ASSERT_EQ(largest_on_majority(positions, majority), expected);
    }
  }
}

TEST(Quorum, FewerPositionsThanAMajorityDecideNothing) {
  EXPECT_EQ(largest_on_majority({}, 1), 0u);
  EXPECT_EQ(largest_on_majority({9}, 2), 0u);
}

}  // namespace
}  // namespace bellwether::replication
