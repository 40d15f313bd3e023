// Base, compaction and installation: S2, S3, D5, K1, K2 of the specification.
#include "replication/log.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "state/state_encoding.hpp"

namespace bellwether::replication {
namespace {

constexpr ChunkLimits chunk{.entries_max = 4, .bytes_max = 1'000'000};

Ballot ballot(std::uint64_t round) { return {.round = round, .priority = 0, .id = NodeId{1}}; }

// Ten entries, 1 to 4 of ballot 1 and 5 to 10 of ballot 2, everything durable, seven decided.
struct Bench {
  Journal journal;
  Log log{StableState(), journal};
  Bench() {
    fill(4, 1);
    fill(6, 2);
    sync();
    log.advance(7);
    sync();
  }
  void fill(std::size_t count, std::uint64_t round) {
    for (std::size_t i = 0; i < count; ++i)
      log.append(make_entry(log.last() + 1, ballot(round), 0, RegisterProducer{}));
  }
  void sync() {
    journal.on_durable(journal.written());
    log.on_durable();
  }
  SnapshotPtr decided_snapshot() const {
    return std::make_shared<Snapshot>(Snapshot{.index = log.decided(),
                                               .ballot = log.ballot_at(log.decided()),
                                               .state = Bytes::copy_of(state::encode(log.decided_state()))});
  }
};

state::State decoded(const SnapshotPtr& snapshot) { return *state::decode_state(snapshot->state.span()); }

TEST(LogBase, ACompactionChangesNothingBehindItsBase) {
  Bench bench;
  const SnapshotPtr base = bench.decided_snapshot();
  bench.log.compact(base);
  EXPECT_EQ(bench.log.base_index(), 7u);
  EXPECT_EQ(bench.log.last(), 10u);
  EXPECT_EQ(bench.log.decided(), 7u);
  EXPECT_EQ(bench.log.durable(), 10u);
  EXPECT_EQ(bench.log.ballot_at(7), ballot(2));
  EXPECT_FALSE(bench.log.has(6, ballot(2)));
  EXPECT_TRUE(std::holds_alternative<CompactRecord>(bench.journal.take_records().back().record));
}

TEST(LogBase, WhoHasWhatIsDroppedGetsEntriesAndWhoLacksItTheBaseFirst) {
  Bench bench;
  bench.log.compact(bench.decided_snapshot());
  const Missing equal_end = bench.log.missing(8, ballot(2), 3, chunk);
  EXPECT_FALSE(equal_end.base);
  EXPECT_EQ(equal_end.entries.previous, 8u);
  const Missing at_base = bench.log.missing(7, ballot(2), 3, chunk);
  EXPECT_FALSE(at_base.base);
  EXPECT_EQ(at_base.entries.previous, 7u);
  const Missing decided = bench.log.missing(9, ballot(1), 7, chunk);
  EXPECT_FALSE(decided.base);
  EXPECT_EQ(decided.entries.previous, 7u);
  EXPECT_EQ(decided.entries.end, 11u);
  for (const auto& [last, of] : {std::pair(Index{6}, ballot(2)), std::pair(Index{9}, ballot(1))}) {
    const Missing behind = bench.log.missing(last, of, 6, chunk);
    EXPECT_EQ(behind.base, name_of(*bench.log.base()));
    EXPECT_EQ(behind.entries.previous, 7u);
    EXPECT_EQ(behind.entries.end, 8u) << "entries behind a base that has to be fetched first";
  }
}

TEST(LogBase, K3WhatIsDroppedIsNeverCompared) {
  Bench bench;
  bench.log.compact(bench.decided_snapshot());
  EntryRange entries{.previous = 2, .previous_ballot = ballot(9), .end = 3, .items = {}};
  for (; entries.end <= 11; ++entries.end)
    entries.items.push_back(make_entry(entries.end, ballot(2), 0, RegisterProducer{}));
  EXPECT_TRUE(bench.log.graft(entries, Room::enough));
  EXPECT_EQ(bench.log.last(), 11u);
}

TEST(LogBase, AnInstallationReplacesTheWholeLog) {
  Bench ahead, bench;
  ahead.log.advance(10);
  const SnapshotPtr base = ahead.decided_snapshot();
  bench.fill(5, 3);
  bench.log.install(base, decoded(base));
  EXPECT_EQ(bench.log.base(), base);
  EXPECT_EQ(bench.log.last(), 10u);
  EXPECT_EQ(bench.log.decided(), 10u);
  EXPECT_EQ(bench.log.last_ballot(), ballot(2));
  EXPECT_EQ(bench.log.tail_state().applied(), 10u);
  bench.fill(2, 4);
  EXPECT_EQ(bench.log.tail_state().applied(), 12u);
  EXPECT_EQ(bench.log.range(10, chunk).end, 13u);
}

TEST(LogBase, S3NothingIsDurableUntilTheInstalledBaseIs) {
  Bench ahead, bench;
  ahead.log.advance(9);
  const SnapshotPtr base = ahead.decided_snapshot();
  bench.log.install(base, decoded(base));
  const RecordNumber installed = bench.journal.written();
  bench.fill(2, 4);
  EXPECT_EQ(bench.log.durable(), 0u);
  bench.journal.on_durable(installed - 1);
  bench.log.on_durable();
  EXPECT_EQ(bench.log.durable(), 0u);
  bench.journal.on_durable(installed);
  bench.log.on_durable();
  EXPECT_EQ(bench.log.durable(), 9u);
  bench.sync();
  EXPECT_EQ(bench.log.durable(), 11u);
}

TEST(LogBase, S3ATruncationBehindABaseThatIsNotDurableDropsOnlyEntries) {
  Bench ahead, bench;
  ahead.log.advance(9);
  const SnapshotPtr base = ahead.decided_snapshot();
  bench.log.install(base, decoded(base));
  bench.fill(3, 4);
  EntryRange other{.previous = 10, .previous_ballot = ballot(4), .end = 12, .items = {}};
  other.items.push_back(make_entry(11, ballot(5), 0, Noop{}));
  ASSERT_TRUE(bench.log.graft(other, Room::enough));
  EXPECT_EQ(bench.log.last(), 11u);
  EXPECT_EQ(bench.log.durable(), 0u);
  bench.sync();
  EXPECT_EQ(bench.log.durable(), 11u);
}

}  // namespace
}  // namespace bellwether::replication
