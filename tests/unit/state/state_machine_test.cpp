#include "state/state_machine.hpp"

#include <gtest/gtest.h>

namespace bellwether::state {
namespace {

constexpr Ballot ballot{.round = 2, .priority = 0, .id = NodeId{1}};

// Applies entries one behind the other.
struct Applied {
  State state;
  void apply(EntryContent content, std::vector<Bytes> messages = {}) {
    const Index index = state.applied() + 1;
    state.apply(index, *make_entry(index, ballot, 0, std::move(content), std::move(messages)));
  }
  void apply_batch(const std::vector<Group>& groups) {
    std::vector<Bytes> messages;
    for (const Group& group : groups) messages.push_back(Bytes::copy_of(std::string(group.bytes, '\0')));
    apply(Batch{groups}, messages);
  }
};

Group group(ProducerId producer, Sequence sequence, std::uint32_t count) {
  return {.producer = producer, .sequence = sequence, .count = count, .bytes = 4 * count};  // empty messages
}

TEST(State, OffsetsCountMessagesAndOtherEntriesHaveNone) {
  Applied applied;
  applied.apply(InitCluster{.cluster = "c", .token = "t", .address = "a:1", .priority = 0});
  applied.apply(Noop{});
  EXPECT_EQ(applied.state.next_offset(), 0u);
  applied.apply_batch({group(no_producer, 0, 3), group(no_producer, 0, 2)});
  EXPECT_EQ(applied.state.next_offset(), 5u);
  applied.apply(RegisterProducer{});
  EXPECT_EQ(applied.state.next_offset(), 5u);
  EXPECT_EQ(applied.state.applied(), 4u);
  EXPECT_EQ(applied.state.cluster(), "c");
}

TEST(State, AProducersIdIsTheIndexOfItsEntry) {
  Applied applied;
  applied.apply(Noop{});
  applied.apply(RegisterProducer{});
  EXPECT_TRUE(applied.state.producers().knows(ProducerId{2}));
}

// F1: messages and producers stay as they were, and what is made from then on is named by the new epoch.
TEST(State, AResetGoesOnUnderAnotherNameWithEverythingThatWasStored) {
  Applied applied;
  applied.apply(InitCluster{.cluster = "c", .token = "t", .address = "a:1", .priority = 0});
  applied.apply(RegisterProducer{});
  applied.apply_batch({group(ProducerId{2}, 1, 3)});
  applied.apply(ResetCluster{"d", "c", 1, NodeId{1}, "t", "a:1", 0});
  applied.apply_batch({group(ProducerId{2}, 2, 1)});
  applied.apply(RegisterProducer{});
  EXPECT_EQ(applied.state.cluster(), "d");
  EXPECT_EQ(applied.state.epoch(), 1u);
  EXPECT_EQ(applied.state.former(), std::vector<std::string>{"c"});
  EXPECT_EQ(applied.state.producers().find(ProducerId{2}, 1)->offset, 0u);
  EXPECT_EQ(applied.state.producers().find(ProducerId{2}, 2)->offset, 3u);
  EXPECT_TRUE(applied.state.producers().knows(producer_id(1, 6)));
}

TEST(State, OfManyRecoveriesTheLastNamesAreKept) {
  Applied applied;
  const auto name = [](std::size_t epoch) { return "cluster-" + std::to_string(epoch); };
  const std::size_t recoveries = former_clusters_max + 3;
  for (std::size_t epoch = 1; epoch <= recoveries; ++epoch) {
    applied.apply(ResetCluster{name(epoch), name(epoch - 1), epoch, NodeId{1}, "t", "a:1", 0});
  }
  EXPECT_EQ(applied.state.former().size(), former_clusters_max);
  EXPECT_EQ(applied.state.former().front(), name(recoveries - former_clusters_max));
  EXPECT_EQ(applied.state.former().back(), name(recoveries - 1));
}

TEST(State, EveryProducerIdFitsAJsonNumber) {
  EXPECT_LT(number(producer_id(epoch_max, producers_per_epoch - 1)), std::uint64_t{1} << 53);
}

TEST(State, EachGroupOfABatchHasAPlaceOfItsOwn) {
  Applied applied;
  applied.apply(RegisterProducer{});
  applied.apply(RegisterProducer{});
  const ProducerId a{1}, b{2};
  applied.apply_batch({group(a, 1, 2), group(b, 1, 4), group(a, 2, 1)});
  const Producers& producers = applied.state.producers();
  EXPECT_EQ(producers.find(a, 1)->offset, 0u);
  EXPECT_EQ(producers.find(b, 1)->offset, 2u);
  EXPECT_EQ(producers.find(a, 2)->offset, 6u);
  EXPECT_EQ(producers.find(a, 2)->index, 3u);
  EXPECT_EQ(producers.find(b, 1)->count, 4u);
}

TEST(State, AppendsWithoutAProducerAreNotRemembered) {
  Applied applied;
  applied.apply_batch({group(no_producer, 0, 1)});
  EXPECT_EQ(applied.state.producers().remembered_groups(), 0u);
  EXPECT_EQ(applied.state.producers().size(), 0u);
}

// P3: a group in the batch that is being put together counts already, or a quick repetition would be stored
// twice.
TEST(State, APlacedGroupCountsBeforeItsEntryExists) {
  Applied open, closed;
  for (Applied* one : {&open, &closed}) one->apply(RegisterProducer{});
  const Group one = group(ProducerId{1}, 1, 3);
  EXPECT_EQ(open.state.place_group(one), 0u);
  EXPECT_EQ(open.state.producers().last_sequence(ProducerId{1}), 1u);
  EXPECT_EQ(open.state.producers().find(ProducerId{1}, 1)->index, 2u);
  closed.apply_batch({one});
  EXPECT_EQ(open.state.next_offset(), closed.state.next_offset());
  EXPECT_EQ(*open.state.producers().find(ProducerId{1}, 1), *closed.state.producers().find(ProducerId{1}, 1));
}

}  // namespace
}  // namespace bellwether::state
