#include "replication/reset.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <variant>
#include <vector>

namespace bellwether::replication {
namespace {

constexpr NodeId n1{1}, n2{2}, n3{3};

Ballot ballot(std::uint64_t round, NodeId id) { return {.round = round, .priority = 0, .id = id}; }

// Two voters and a learner; node 2's disk. It knows as decided what is before the last entry.
struct Disk {
  StableState state;

  Disk() {
    keep(PromiseRecord{ballot(4, n1)});
    append(InitCluster{"owls", "t1", "a:1", 0});
    append(AddMember{n2, "t2", "b:1", 5, false});
    append(PromoteMember{n2});
    append(AddMember{n3, "t3", "c:1", 0, true});
    keep(DecidedRecord{state.last()});
    append(Noop{});
  }
  void keep(const Record& record) {
    const auto kept = state.replay(record);
    EXPECT_TRUE(kept) << kept.error().what;
  }
  void append(EntryContent content) {
    const Index index = state.last() + 1;
    keep(AppendRecord{.first = index, .entries = {make_entry(index, ballot(3, n1), 0, std::move(content))}});
  }
};

TEST(Reset, ItLeavesTheSurvivorAloneWithAllThatItsLogHas) {
  Disk disk;
  const Index last = disk.state.last();
  const auto reset = reset_for(disk.state, n2, "owls", "crows");
  ASSERT_TRUE(reset) << reset.error().what;
  EXPECT_EQ(*reset, (ResetCluster{"crows", "owls", 1, n2, "t2", "b:1", 5}));
  for (const Record& record : reset_records(disk.state, *reset, 7)) disk.keep(record);
  EXPECT_EQ(disk.state.decided(), last + 1);
  EXPECT_EQ(disk.state.decided_state().members().voters(), std::vector{n2});
  EXPECT_EQ(disk.state.decided_state().members().next_id(), NodeId{4});
  EXPECT_EQ(disk.state.decided_state().epoch(), 1u);
  EXPECT_EQ(disk.state.decided_state().cluster(), "crows");
}

TEST(Reset, ItsBallotIsAboveThePromiseAndAboveALostLog) {
  Disk disk;
  const auto reset = reset_for(disk.state, n2, "owls", "crows");
  ASSERT_TRUE(reset);
  const auto ballot_of_reset = [&] {
    return std::get<PromiseRecord>(reset_records(disk.state, *reset, 7).front()).ballot;
  };
  EXPECT_EQ(ballot_of_reset(), (Ballot{.round = 5, .priority = 5, .id = n2}));
  disk.keep(LostRecord{{ballot(8, n1), 20}});
  EXPECT_EQ(ballot_of_reset(), (Ballot{.round = 9, .priority = 5, .id = n2}));
}

TEST(Reset, ALearnerSurvivesAsWell) {
  Disk disk;
  EXPECT_TRUE(reset_for(disk.state, n3, "owls", "crows"));
}

// Who catches up has the removal before the reset, and would tell its leader that it is removed.
TEST(Reset, OneWhoseRemovalIsInItsLogIsRefused) {
  Disk disk;
  disk.append(RemoveMember{n2});
  EXPECT_FALSE(reset_for(disk.state, n2, "owls", "crows"));
}

TEST(Reset, WhoIsRemovedOrUnknownOrAloneIsRefused) {
  Disk disk;
  EXPECT_FALSE(reset_for(disk.state, NodeId{9}, "owls", "crows"));
  disk.append(RemoveMember{n2});
  EXPECT_FALSE(reset_for(disk.state, n1, "owls", "crows")) << "it is the only voter";
  disk.keep(RemovedRecord{});
  EXPECT_FALSE(reset_for(disk.state, n3, "owls", "crows"));
}

TEST(Reset, EachRecoveryHasAnEpochOfItsOwn) {
  Disk disk;
  const auto first = reset_for(disk.state, n2, "owls", "crows");
  ASSERT_TRUE(first);
  for (const Record& record : reset_records(disk.state, *first, 7)) disk.keep(record);
  const Index index = disk.state.last() + 1;
  const auto append = [&](Index at, EntryContent content) {
    disk.keep(AppendRecord{.first = at, .entries = {make_entry(at, ballot(9, n2), 0, std::move(content))}});
  };
  append(index, AddMember{NodeId{4}, "t4", "d:1", 0, false});
  append(index + 1, PromoteMember{NodeId{4}});
  const auto second = reset_for(disk.state, NodeId{4}, "crows", "daws");
  ASSERT_TRUE(second) << second.error().what;
  EXPECT_EQ(second->epoch, 2u);
}

}  // namespace
}  // namespace bellwether::replication
