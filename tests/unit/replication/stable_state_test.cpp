#include "replication/stable_state.hpp"

#include <gtest/gtest.h>

namespace bellwether::replication {
namespace {

Ballot ballot(std::uint64_t round) { return {.round = round, .priority = 0, .id = NodeId{1}}; }

AppendRecord noops(Index first, std::uint64_t round, std::size_t count) {
  AppendRecord record{.first = first, .entries = {}};
  for (std::size_t i = 0; i < count; ++i)
    record.entries.push_back(make_entry(first + i, ballot(round), 0, Noop{}));
  return record;
}

struct Disk {
  StableState state;
  Disk& keep(const Record& record) {
    const auto kept = state.replay(record);
    EXPECT_TRUE(kept) << kept.error().what;
    return *this;
  }
};

TEST(StableState, AnEmptyDiskSaysNothing) {
  const StableState state;
  EXPECT_EQ(state.promised(), Ballot{});
  EXPECT_EQ(state.last(), 0u);
  EXPECT_EQ(state.decided(), 0u);
  EXPECT_FALSE(state.is_removed());
}

TEST(StableState, APromiseNeverGoesBack) {
  Disk disk;
  disk.keep(PromiseRecord{ballot(5)}).keep(PromiseRecord{ballot(3)});
  EXPECT_EQ(disk.state.promised(), ballot(5));
}

TEST(StableState, EntriesBehindTheDecidedOnesAreKeptWhole) {
  Disk disk;
  disk.keep(noops(1, 1, 2)).keep(noops(3, 2, 2)).keep(DecidedRecord{3});
  EXPECT_EQ(disk.state.last(), 4u);
  EXPECT_EQ(disk.state.decided(), 3u);
  EXPECT_EQ(disk.state.undecided().size(), 1u);
  EXPECT_EQ(disk.state.decided_state().applied(), 3u);
  EXPECT_EQ(disk.state.ballots().at(2), ballot(1));
  EXPECT_EQ(disk.state.ballots().at(3), ballot(2));
}

TEST(StableState, ATruncationDropsWhatIsUndecided) {
  Disk disk;
  disk.keep(noops(1, 1, 4)).keep(DecidedRecord{2}).keep(TruncateRecord{3}).keep(noops(3, 2, 1));
  EXPECT_EQ(disk.state.last(), 3u);
  EXPECT_EQ(disk.state.ballots().last_ballot(), ballot(2));
}

TEST(StableState, AnOlderHintChangesNothing) {
  Disk disk;
  disk.keep(noops(1, 1, 3)).keep(DecidedRecord{2}).keep(DecidedRecord{1});
  EXPECT_EQ(disk.state.decided(), 2u);
}

TEST(StableState, ARemovedNodeStaysRemoved) {
  Disk disk;
  disk.keep(RemovedRecord{}).keep(PromiseRecord{ballot(9)});
  EXPECT_TRUE(disk.state.is_removed());
}

TEST(StableState, RecordsThatDontFollowAreErrors) {
  Disk disk;
  disk.keep(noops(1, 1, 3)).keep(DecidedRecord{2});
  EXPECT_FALSE(disk.state.replay(noops(5, 1, 1)));     // a gap
  EXPECT_FALSE(disk.state.replay(noops(3, 1, 1)));     // there already
  EXPECT_FALSE(disk.state.replay(TruncateRecord{2}));  // decided
  EXPECT_FALSE(disk.state.replay(DecidedRecord{4}));   // not there
  EXPECT_EQ(disk.state.last(), 3u);
}

}  // namespace
}  // namespace bellwether::replication
