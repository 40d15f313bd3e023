#include "state/producers.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace bellwether::state {
namespace {

constexpr ProducerId p1{1}, p2{2}, p3{3};

PlacedGroup group(Sequence sequence, Index index) {
  return {.sequence = sequence, .index = index, .offset = 10 * index, .count = 1};
}

TEST(Producers, ANewProducerHasStoredNothing) {
  Producers producers;
  EXPECT_FALSE(producers.knows(p1));
  producers.add(p1, 1);
  EXPECT_TRUE(producers.knows(p1));
  EXPECT_EQ(producers.last_sequence(p1), 0u);
  EXPECT_EQ(producers.find(p1, 1), nullptr);
}

TEST(Producers, AStoredGroupIsFoundWithItsPlace) {
  Producers producers;
  producers.add(p1, 1);
  producers.place(p1, group(1, 5));
  producers.place(p1, group(2, 6));
  EXPECT_EQ(producers.last_sequence(p1), 2u);
  ASSERT_NE(producers.find(p1, 1), nullptr);
  EXPECT_EQ(*producers.find(p1, 1), group(1, 5));
  EXPECT_EQ(*producers.find(p1, 2), group(2, 6));
  EXPECT_EQ(producers.find(p1, 3), nullptr);
  EXPECT_EQ(producers.find(p1, 0), nullptr);
}

TEST(Producers, ItsOldestGroupsAreForgottenBeyondTheWindow) {
  Producers producers({.producers_max = 10, .groups_per_producer_max = 3, .groups_max = 100});
  producers.add(p1, 1);
  for (Sequence s = 1; s <= 5; ++s) producers.place(p1, group(s, 1 + s));
  EXPECT_EQ(producers.find(p1, 2), nullptr);
  EXPECT_NE(producers.find(p1, 3), nullptr);
  EXPECT_EQ(producers.last_sequence(p1), 5u);
  EXPECT_EQ(producers.remembered_groups(), 3u);
}

TEST(Producers, BeyondTheBoundTheLeastRecentlyActiveGoes) {
  Producers producers({.producers_max = 2, .groups_per_producer_max = 3, .groups_max = 100});
  producers.add(p1, 1);
  producers.add(p2, 2);
  producers.place(p1, group(1, 3));
  producers.add(p3, 4);
  EXPECT_TRUE(producers.knows(p1));
  EXPECT_FALSE(producers.knows(p2));
  EXPECT_TRUE(producers.knows(p3));
  EXPECT_EQ(producers.size(), 2u);
}

TEST(Producers, ADroppedProducersGroupsAreForgottenWithIt) {
  Producers producers({.producers_max = 1, .groups_per_producer_max = 3, .groups_max = 100});
  producers.add(p1, 1);
  producers.place(p1, group(1, 2));
  producers.add(p2, 3);
  EXPECT_EQ(producers.remembered_groups(), 0u);
  EXPECT_EQ(producers.find(p1, 1), nullptr);
}

TEST(Producers, OfAllGroupsTheOldestGoesFirst) {
  Producers producers({.producers_max = 10, .groups_per_producer_max = 10, .groups_max = 4});
  producers.add(p1, 1);
  producers.add(p2, 2);
  producers.place(p1, group(1, 3));
  producers.place(p2, group(1, 4));
  producers.place(p1, group(2, 5));
  producers.place(p2, group(2, 6));
  producers.place(p1, group(3, 7));
  EXPECT_EQ(producers.remembered_groups(), 4u);
  EXPECT_EQ(producers.find(p1, 1), nullptr);
  EXPECT_NE(producers.find(p2, 1), nullptr);
  EXPECT_NE(producers.find(p1, 2), nullptr);
}

TEST(Producers, AProducersNewestGroupIsNeverForgotten) {
  Producers producers({.producers_max = 10, .groups_per_producer_max = 10, .groups_max = 2});
  producers.add(p1, 1);
  producers.add(p2, 2);
  producers.place(p1, group(1, 3));
  for (Sequence s = 1; s <= 20; ++s) producers.place(p2, group(s, 3 + s));
  EXPECT_NE(producers.find(p1, 1), nullptr);
  EXPECT_NE(producers.find(p2, 20), nullptr);
  EXPECT_EQ(producers.find(p2, 19), nullptr);
}

// The bounds depend on log positions alone: two nodes that apply the same prefix forget the same, also when
// one of them copied its table in between (as a rebuilt tail state is).
TEST(Producers, TwoNodesForgetTheSame) {
  const ProducerLimits limits{.producers_max = 3, .groups_per_producer_max = 4, .groups_max = 7};
  Producers a(limits), b(limits);
  std::uint64_t random = 1;
  std::vector<std::pair<ProducerId, Sequence>> known;  // some are dropped already
  for (Index index = 1; index < 5'000; ++index) {
    random = random * 6364136223846793005ULL + 1442695040888963407ULL;
    auto* writer = known.empty() ? nullptr : &known[(random >> 40) % known.size()];
    if (writer == nullptr || !a.knows(writer->first) || (random >> 33) % 10 == 0) {
      a.add(ProducerId{index}, index);
      b.add(ProducerId{index}, index);
      known.emplace_back(ProducerId{index}, 0);
      if (known.size() > 6) known.erase(known.begin());
    } else {
      const PlacedGroup placed = group(++writer->second, index);
      a.place(writer->first, placed);
      b.place(writer->first, placed);
    }
    if (index % 97 == 0) b = Producers(b);
    ASSERT_EQ(a.size(), b.size());
    ASSERT_EQ(a.remembered_groups(), b.remembered_groups());
    ASSERT_LE(a.size(), 3u);
    ASSERT_LE(a.remembered_groups(), 7u);
    for (const auto& [id, last] : known) {
      ASSERT_EQ(a.knows(id), b.knows(id));
      for (Sequence s = 1; s <= last; ++s) ASSERT_EQ(a.find(id, s) == nullptr, b.find(id, s) == nullptr);
    }
  }
}

}  // namespace
}  // namespace bellwether::state
