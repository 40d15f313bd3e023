#include "replication/stable_state.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "state/state_encoding.hpp"

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

TEST(StableState, ALossIsKnownUntilARecordSaysThatItIsMadeGood) {
  Disk disk;
  disk.keep(LostRecord{{.ballot = ballot(3), .index = 7}}).keep(noops(1, 4, 2));
  EXPECT_EQ(disk.state.lost(), (LogEnd{.ballot = ballot(3), .index = 7}));
  disk.keep(LostRecord{});
  EXPECT_EQ(disk.state.lost(), LogEnd{});
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

SnapshotPtr snapshot_of(const StableState& state) {
  return std::make_shared<Snapshot>(Snapshot{.index = state.decided(),
                                             .ballot = state.ballots().at(state.decided()),
                                             .state = Bytes::copy_of(state::encode(state.decided_state()))});
}

TEST(StableState, ACompactionKeepsTheEntriesBehindItsBase) {
  Disk disk;
  disk.keep(noops(1, 1, 3)).keep(noops(4, 2, 2)).keep(DecidedRecord{3});
  const SnapshotPtr base = snapshot_of(disk.state);
  disk.keep(CompactRecord{base});
  EXPECT_EQ(disk.state.base(), base);
  EXPECT_EQ(disk.state.decided(), 3u);
  EXPECT_EQ(disk.state.last(), 5u);
  EXPECT_EQ(disk.state.ballots().base().index, 3u);
  EXPECT_EQ(disk.state.ballots().at(3), ballot(1));
  EXPECT_EQ(disk.state.ballots().at(4), ballot(2));
}

TEST(StableState, AnInstallationLeavesNothingOfTheFormerLog) {
  Disk other;
  other.keep(noops(1, 1, 3)).keep(noops(4, 5, 4)).keep(DecidedRecord{6});
  const SnapshotPtr base = snapshot_of(other.state);
  Disk disk;
  disk.keep(noops(1, 1, 3)).keep(noops(4, 2, 9)).keep(DecidedRecord{2}).keep(InstallRecord{base});
  EXPECT_EQ(disk.state.decided(), 6u);
  EXPECT_EQ(disk.state.last(), 6u);
  EXPECT_EQ(disk.state.ballots().at(6), ballot(5));
  EXPECT_EQ(disk.state.decided_state().applied(), 6u);
  disk.keep(noops(7, 6, 1));
  EXPECT_EQ(disk.state.last(), 7u);
}

TEST(StableState, BasesThatDontFollowAreErrors) {
  Disk disk;
  disk.keep(noops(1, 1, 3)).keep(noops(4, 2, 3)).keep(DecidedRecord{4});
  const auto with = [&](Index index, Ballot of) {
    Snapshot changed = *snapshot_of(disk.state);
    changed.index = index;
    changed.ballot = of;
    return std::make_shared<const Snapshot>(std::move(changed));
  };
  EXPECT_FALSE(disk.state.replay(CompactRecord{with(7, ballot(2))}));   // not there
  EXPECT_FALSE(disk.state.replay(CompactRecord{with(4, ballot(9))}));   // another entry
  EXPECT_FALSE(disk.state.replay(InstallRecord{with(4, ballot(2))}));   // decided already
  EXPECT_FALSE(disk.state.replay(InstallRecord{with(90, ballot(9))}));  // the state of another entry
  Disk fresh;
  const auto unreadable =
      std::make_shared<const Snapshot>(Snapshot{.index = 4, .ballot = ballot(2), .state = {}});
  EXPECT_FALSE(fresh.state.replay(InstallRecord{unreadable}));
  fresh.keep(noops(1, 1, 4)).keep(DecidedRecord{4});
  fresh.keep(CompactRecord{snapshot_of(fresh.state)});
  EXPECT_FALSE(fresh.state.replay(CompactRecord{snapshot_of(fresh.state)}));  // it doesn't go on
}

// What it drops was decided: a restart may know that from a checkpoint, and have no record that says so.
TEST(StableState, ACompactionSaysThatItsEntriesAreDecided) {
  Disk told;
  told.keep(noops(1, 1, 5)).keep(DecidedRecord{4});
  Disk disk;
  disk.keep(noops(1, 1, 5)).keep(CompactRecord{snapshot_of(told.state)});
  EXPECT_EQ(disk.state.decided(), 4u);
  EXPECT_EQ(disk.state.decided_state().applied(), 4u);
}

std::string summary(const StableState& state) {
  std::string text = std::to_string(state.promised().round) + " " + std::to_string(state.decided()) + ":";
  if (state.base()) text += std::to_string(state.base()->index) + std::string(state.base()->state.text());
  for (Index index = state.ballots().base().index; index <= state.last(); ++index) {
    text += " " + std::to_string(state.ballots().at(index).round);
  }
  for (const EntryPtr& entry : state.undecided()) text += " " + std::to_string(entry->sum);
  return text + " " + state::encode(state.decided_state());
}

Checkpoint checkpoint_of(const StableState& state) {
  Checkpoint checkpoint{state.ballots(), state.decided_state()};
  checkpoint.ballots.truncate(state.decided() + 1);
  return checkpoint;
}

// K4. A random history; from every point of it on the rest is replayed onto every later checkpoint that reaches
// back far enough.
TEST(StableState, ACheckpointAndTheRecordsBehindItGiveTheSameAsAllRecords) {
  std::size_t tried = 0;
  for (unsigned seed = 1; seed <= 200; ++seed) {
    std::mt19937 random(seed);
    std::vector<Record> records;
    std::vector<StableState> after(1);
    for (std::uint64_t round = 1; records.size() < 60;) {
      StableState state = after.back();
      const auto kind = random() % 6;
      Record record = PromiseRecord{ballot(++round)};
      if (kind < 3) record = noops(state.last() + 1, round, 1 + random() % 3);
      if (kind == 3 && state.last() > state.decided()) {
        const Index undecided = state.last() - state.decided();
        record = random() % 2 == 0 ? Record(DecidedRecord{state.decided() + 1 + random() % undecided})
                                   : Record(TruncateRecord{state.decided() + 1 + random() % undecided});
      }
      if (kind == 4 && state.decided() > state.ballots().base().index && random() % 3 == 0)
        record = CompactRecord{snapshot_of(state)};
      if (kind == 5 && random() % 3 == 0) {
        StableState ahead = state;
        ASSERT_TRUE(ahead.replay(noops(ahead.last() + 1, round, 1 + random() % 4)));
        ASSERT_TRUE(ahead.replay(DecidedRecord{ahead.last()}));
        record = InstallRecord{snapshot_of(ahead)};
      }
      ASSERT_TRUE(state.replay(record));
      records.push_back(record);
      after.push_back(state);
    }
    for (std::size_t start = 0; start < after.size(); ++start) {
      for (std::size_t taken = start; taken < after.size(); taken += 3) {
        if (after[taken].decided() < after[start].last()) continue;
        if (random() % 8 != 0) continue;  // decoding states takes its time
        StableState state(checkpoint_of(after[taken]), {.promised = after[start].promised(),
                                                        .removed = false,
                                                        .decided = after[start].decided(),
                                                        .last = after[start].last(),
                                                        .base = after[start].base()});
        for (std::size_t i = start; i < records.size(); ++i) ASSERT_TRUE(state.replay(records[i]));
        ASSERT_TRUE(state.check_complete());
        ASSERT_EQ(summary(state), summary(after.back()))
            << "seed " << seed << " from " << start << " to " << taken;
        ++tried;
      }
    }
  }
  EXPECT_GT(tried, 1000u);
}

TEST(StableState, ALogWhoseCheckpointBeginsBehindItsBaseIsAnError) {
  Disk disk;
  disk.keep(noops(1, 1, 5)).keep(DecidedRecord{4});
  const SnapshotPtr base = snapshot_of(disk.state);
  disk.keep(CompactRecord{base});
  StableState state(checkpoint_of(disk.state), {});
  ASSERT_TRUE(state.replay(noops(1, 1, 5)));
  EXPECT_FALSE(state.check_complete());
  ASSERT_TRUE(state.replay(CompactRecord{base}));
  EXPECT_TRUE(state.check_complete());
}

TEST(StableState, ALogThatEndsBeforeItsCheckpointIsAnError) {
  Disk disk;
  disk.keep(noops(1, 1, 5)).keep(DecidedRecord{5});
  StableState state(checkpoint_of(disk.state), {});
  ASSERT_TRUE(state.replay(noops(1, 1, 4)));
  EXPECT_FALSE(state.check_complete());
  ASSERT_TRUE(state.replay(noops(5, 1, 1)));
  EXPECT_TRUE(state.check_complete());
}

}  // namespace
}  // namespace bellwether::replication
