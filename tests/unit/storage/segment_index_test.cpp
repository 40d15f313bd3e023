#include "storage/segment_index.hpp"

#include <gtest/gtest.h>

namespace bellwether::storage {
namespace {

constexpr std::uint64_t far = SegmentIndex::spacing_bytes;

IndexPoint entry(Index index, std::uint64_t position, Offset offset) {
  return {.index = index, .position = position, .offset = offset, .time_ms = 1000 + index};
}

// Entries 5 to 9, two messages each; points at 5 and 8.
SegmentIndex sample() {
  SegmentIndex index;
  for (Index i = 5; i <= 9; ++i) index.append(entry(i, 100 + (i < 8 ? i : far + i), 2 * i));
  return index;
}

TEST(SegmentIndex, HasAPointNowAndThen) {
  EXPECT_EQ(sample().points(), (std::vector{entry(5, 105, 10), entry(8, 108 + far, 16)}));
}

TEST(SegmentIndex, AnEntryIsInTheRunOfThePointBeforeIt) {
  const SegmentIndex index = sample();
  EXPECT_FALSE(index.holding(4));
  EXPECT_EQ(index.holding(7)->point, entry(5, 105, 10));
  EXPECT_EQ(index.holding(7)->end, 8u);
  EXPECT_EQ(index.holding(8)->point.index, 8u);
  EXPECT_EQ(index.holding(9)->end, SegmentIndex::no_end);
}

TEST(SegmentIndex, AMessageIsInTheRunOfThePointBeforeIt) {
  const SegmentIndex index = sample();
  EXPECT_FALSE(index.bringing(9));
  EXPECT_EQ(index.bringing(10)->point.index, 5u);
  EXPECT_EQ(index.bringing(15)->point.index, 5u);
  EXPECT_EQ(index.bringing(16)->point.index, 8u);
}

TEST(SegmentIndex, AMessageIsLookedForBehindTheEntriesThatBringNone) {
  SegmentIndex index;
  index.append(entry(1, 0, 0));
  index.append(entry(2, far, 0));
  index.append(entry(3, 3 * far, 0));
  EXPECT_EQ(index.bringing(0)->point.index, 3u) << "the last one with that offset brings it";
}

TEST(SegmentIndex, AnEntryBehindATruncationGetsAPointSoThatNoDroppedOneIsMet) {
  SegmentIndex index = sample();
  index.truncate(7);
  index.append(entry(7, 200 + far, 14));
  EXPECT_EQ(index.points(), (std::vector{entry(5, 105, 10), entry(7, 200 + far, 14)}));
  EXPECT_EQ(index.holding(6)->end, 7u);
}

TEST(SegmentIndex, ATruncationBelowItsFirstEntryEmptiesIt) {
  SegmentIndex index = sample();
  index.truncate(2);
  EXPECT_FALSE(index.holding(5));
  EXPECT_FALSE(index.bringing(10));
}

}  // namespace
}  // namespace bellwether::storage
