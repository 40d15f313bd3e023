#include "state/state_encoding.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace bellwether::state {
namespace {

constexpr Ballot ballot{.round = 2, .priority = 0, .id = NodeId{1}};

class StateEncodingTest : public testing::Test {
 protected:
  void apply(State& state, EntryContent content, std::vector<Bytes> messages = {}) {
    const Index index = state.applied() + 1;
    state.apply(index, *make_entry(index, ballot, 0, std::move(content), std::move(messages)));
  }
  void apply_group(State& state, ProducerId producer, Sequence sequence, std::uint32_t count) {
    const Group group{.producer = producer, .sequence = sequence, .count = count, .bytes = 4 * count};
    apply(state, Batch{{group}}, {Bytes::copy_of(std::string(group.bytes, '\0'))});
  }
  State sample() {
    State state;
    apply(state, InitCluster{.cluster = "owls", .token = "first", .address = "a:1", .priority = 7});
    apply(state, AddMember{NodeId{2}, "second", "b:2", 3, false});
    apply(state, PromoteMember{NodeId{2}});
    apply(state, AddMember{NodeId{3}, "third", "c:3", 0, true});
    apply(state, RegisterProducer{});
    apply(state, RegisterProducer{});
    apply_group(state, ProducerId{6}, 1, 4);
    apply_group(state, ProducerId{5}, 1, 2);
    apply_group(state, ProducerId{6}, 2, 1);
    return state;
  }
  State recovered_sample() {
    State state = sample();
    apply(state, ResetCluster{"crows", "owls", 1, NodeId{2}, "second", "b:2", 3});
    return state;
  }
  static std::span<const std::byte> bytes_of(const std::string& text) {
    return std::as_bytes(std::span(text));
  }
};

TEST_F(StateEncodingTest, AStateComesBackAsItWas) {
  const State state = sample();
  const auto decoded = decode_state(bytes_of(encode(state)));
  ASSERT_TRUE(decoded) << decoded.error().what;
  EXPECT_EQ(decoded->applied(), state.applied());
  EXPECT_EQ(decoded->next_offset(), 7u);
  EXPECT_EQ(decoded->cluster(), "owls");
  EXPECT_EQ(decoded->members(), state.members());
  EXPECT_EQ(decoded->producers().last_sequence(ProducerId{6}), 2u);
  EXPECT_EQ(*decoded->producers().find(ProducerId{6}, 2), *state.producers().find(ProducerId{6}, 2));
  EXPECT_EQ(encode(*decoded), encode(state));
}

TEST_F(StateEncodingTest, AStateAfterARecoveryComesBackAsItWas) {
  State state = sample();
  apply(state, ResetCluster{"crows", "owls", 1, NodeId{2}, "second", "b:2", 3});
  apply(state, ResetCluster{"daws", "crows", 2, NodeId{2}, "second", "b:2", 3});
  const auto decoded = decode_state(bytes_of(encode(state)));
  ASSERT_TRUE(decoded) << decoded.error().what;
  EXPECT_EQ(decoded->cluster(), "daws");
  EXPECT_EQ(decoded->epoch(), 2u);
  EXPECT_EQ(decoded->former(), (std::vector<std::string>{"owls", "crows"}));
  EXPECT_EQ(decoded->members(), state.members());
  EXPECT_EQ(decoded->next_offset(), 7u);
  EXPECT_EQ(encode(*decoded), encode(state));
}

TEST_F(StateEncodingTest, AnEmptyStateComesBackToo) {
  const auto decoded = decode_state(bytes_of(encode(State())));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(encode(*decoded), encode(State()));
}

// The bytes depend on what was applied alone, not on the way there: here one went through its encoding in
// between. Small bounds, so that groups are forgotten all the time.
TEST_F(StateEncodingTest, ADecodedStateGoesOnExactlyAsTheOneThatWasEncoded) {
  const ProducerLimits limits{.producers_max = 6, .groups_per_producer_max = 5, .groups_max = 12};
  for (unsigned seed = 1; seed <= 30; ++seed) {
    std::mt19937 random(seed);
    State straight(limits);
    State detoured(limits);
    std::vector<ProducerId> producers;
    for (int step = 0; step < 200; ++step) {
      if (producers.empty() || random() % 12 == 0) {
        producers.push_back(producer_id(0, straight.applied() + 1));
        apply(straight, RegisterProducer{});
        apply(detoured, RegisterProducer{});
      }
      const ProducerId producer = producers[random() % producers.size()];
      if (!straight.producers().knows(producer)) continue;
      const Sequence next = straight.producers().last_sequence(producer) + 1;
      const auto count = static_cast<std::uint32_t>(1 + random() % 3);
      apply_group(straight, producer, next, count);
      apply_group(detoured, producer, next, count);
      if (random() % 5 == 0) {
        auto decoded = decode_state(bytes_of(encode(detoured)), limits);
        ASSERT_TRUE(decoded) << "seed " << seed << ", step " << step << ": " << decoded.error().what;
        detoured = *std::move(decoded);
      }
      ASSERT_EQ(encode(straight), encode(detoured)) << "seed " << seed << ", step " << step;
    }
  }
}

TEST_F(StateEncodingTest, OneThatIsCutShortOrTooLongIsRefused) {
  const std::string good = encode(recovered_sample());
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(decode_state(bytes_of(good.substr(0, size)))) << size << " bytes";
  }
  EXPECT_FALSE(decode_state(bytes_of(good + '\0')));
}

TEST_F(StateEncodingTest, WhateverIsReadIsWrittenTheSameWay) {
  const std::string good = encode(recovered_sample());
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    std::string changed = good;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    const auto decoded = decode_state(bytes_of(changed));
    if (!decoded) continue;
    EXPECT_EQ(encode(*decoded), changed) << "bit " << bit;
  }
}

TEST_F(StateEncodingTest, AnotherVersionIsRefused) {
  std::string changed = encode(sample());
  changed[0] = 2;
  const auto decoded = decode_state(bytes_of(changed));
  ASSERT_FALSE(decoded);
  EXPECT_NE(decoded.error().what.find("version"), std::string::npos);
}

}  // namespace
}  // namespace bellwether::state
