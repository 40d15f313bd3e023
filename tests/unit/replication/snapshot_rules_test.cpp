// Bases on their way between members, and what happens when one arrives: L3, L7, D5, K1, K2 and L12 of the
// specification.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "replication/progress.hpp"
#include "replication/waiters.hpp"
#include "state/state_encoding.hpp"
#include "table.hpp"

namespace bellwether::replication {
namespace {

SnapshotPtr decided_snapshot(const Replica& replica) {
  return std::make_shared<Snapshot>(
      Snapshot{.index = replica.decided(),
               .ballot = replica.ballot_at(replica.decided()),
               .state = Bytes::copy_of(state::encode(replica.decided_state()))});
}

void accept(Table& table, Ballot of, const EntryRange& entries, Index decided) {
  table.hear(of.id, Accept{.ballot = of, .entries = entries, .decided = decided, .read = 0});
}

// The state of a cluster of three after `count` entries more, all of ballot `of`.
SnapshotPtr state_after(std::size_t count, Ballot of) {
  Table table(n1, 3);
  accept(table, of, table.entries(5, ballot(1, n1), std::vector(count, of)), 5 + count);
  EXPECT_EQ(table.replica->decided(), 5 + count);
  return decided_snapshot(*table.replica);
}

SnapshotChunk chunk_of(const SnapshotPtr& base, Ballot of, std::size_t from = 0,
                       std::size_t count = std::string::npos) {
  return {.ballot = of,
          .of = name_of(*base),
          .position = from,
          .bytes = base->state.slice(from, std::min(count, base->state.size() - from)),
          .decided = base->index,
          .read = 0};
}

const Ballot old = ballot(1, n1);
const Ballot lead = ballot(2, n3);

TEST(SnapshotRules, L7ALogThatLacksTheEntryIsReplaced) {
  Table table(n1, 3);
  const SnapshotPtr base = state_after(7, lead);
  table.hear(n3, chunk_of(base, lead));
  EXPECT_EQ(table.replica->base(), 12u);
  EXPECT_EQ(table.replica->last(), 12u);
  EXPECT_EQ(table.replica->decided(), 12u);
  EXPECT_TRUE(std::holds_alternative<InstallRecord>(table.written().back()));
  EXPECT_EQ(table.installed(), base->index);
  accept(table, lead, table.entries(12, lead, {lead}), 13);
  EXPECT_EQ(table.decided().back().index, 13u);
}

TEST(SnapshotRules, L7AConflictingLogIsReplacedAlsoWhereItIsLonger) {
  Table table(n1, 3);
  accept(table, ballot(2, n2), table.entries(5, old, std::vector(20, ballot(2, n2))), 0);
  const Ballot next = ballot(3, n3);
  table.hear(n3, chunk_of(state_after(7, next), next));
  EXPECT_EQ(table.replica->base(), 12u);
  EXPECT_EQ(table.replica->last(), 12u);
}

TEST(SnapshotRules, L7ALogThatHasTheEntryIsKept) {
  Table table(n1, 3);
  accept(table, lead, table.entries(5, old, std::vector(9, lead)), 0);
  table.hear(n3, chunk_of(state_after(7, lead), lead));
  EXPECT_EQ(table.replica->base(), 0u);
  EXPECT_EQ(table.replica->last(), 14u);
  EXPECT_EQ(table.replica->decided(), 12u);
  EXPECT_EQ(table.decided().size(), 7u);
}

TEST(SnapshotRules, L7ASnapshotOfWhatIsDecidedChangesNothing) {
  Table table(n1, 3);
  const SnapshotPtr base = state_after(3, lead);
  accept(table, lead, table.entries(5, old, std::vector(7, lead)), 12);
  table.sync();
  table.written();
  table.hear(n3, chunk_of(base, lead));
  EXPECT_TRUE(table.written().empty());
  EXPECT_EQ(table.sent_to<Accepted>(n3)->durable_match, 12u);
}

TEST(SnapshotRules, D5AnInstallationCountsOnceItsRecordIsDurable) {
  Table table(n1, 3);
  table.hear(n3, chunk_of(state_after(7, lead), lead));
  auto accepted = table.sent_to<Accepted>(n3);
  ASSERT_TRUE(accepted);
  EXPECT_EQ(accepted->match, 12u);
  EXPECT_EQ(accepted->durable_match, 0u);
  table.sync();
  accepted = table.sent_to<Accepted>(n3);
  ASSERT_TRUE(accepted);
  EXPECT_EQ(accepted->durable_match, 12u);
  table.restart();
  EXPECT_EQ(table.replica->base(), 12u);
  EXPECT_EQ(table.replica->last(), 12u);
}

TEST(SnapshotRules, L3AMemberSaysHowMuchOfASnapshotItHolds) {
  Table table(n1, 3);
  const SnapshotPtr base = state_after(7, lead);
  table.hear(n3, chunk_of(base, lead, 0, 10));
  auto accepted = table.sent_to<Accepted>(n3);
  ASSERT_TRUE(accepted && accepted->snapshot);
  EXPECT_EQ(accepted->snapshot->index, 12u);
  EXPECT_EQ(accepted->snapshot->position, 10u);
  table.hear(n3, chunk_of(base, lead, 0, 10));   // again
  table.hear(n3, chunk_of(base, lead, 20, 10));  // one is lost
  EXPECT_EQ(table.sent_to<Accepted>(n3)->snapshot->position, 10u);
  table.hear(n3, chunk_of(base, lead, 5, 20));  // overlaps
  EXPECT_EQ(table.sent_to<Accepted>(n3)->snapshot->position, 25u);
  table.hear(n3, chunk_of(base, lead, 25));
  EXPECT_EQ(table.replica->base(), 12u);
  EXPECT_FALSE(table.sent_to<Accepted>(n3)->snapshot);
}

TEST(SnapshotRules, L3ChunksOfAnotherBallotBeginASnapshotAnew) {
  Table table(n1, 3);
  const SnapshotPtr base = state_after(7, lead);
  table.hear(n3, chunk_of(base, lead, 0, 10));
  const Ballot next = ballot(3, n2);
  table.hear(n2, chunk_of(base, next, 10));
  EXPECT_EQ(table.sent_to<Accepted>(n2)->snapshot->position, 0u);
  EXPECT_EQ(table.replica->base(), 0u);
}

TEST(SnapshotRules, AStateThatCannotBeReadIsNotedOnceAndNotAnswered) {
  Table table(n1, 3);
  auto broken = std::make_shared<Snapshot>(*state_after(7, lead));
  broken->state = Bytes::copy_of(std::string(100, 'x'));
  for (int i = 0; i < 3; ++i) table.hear(n3, chunk_of(broken, lead));
  auto shifted = std::make_shared<Snapshot>(*state_after(7, lead));
  shifted->index = 13;  // the state after entry 12
  for (int i = 0; i < 3; ++i) table.hear(n3, chunk_of(shifted, lead));
  EXPECT_FALSE(table.sent_to<Accepted>(n3));
  EXPECT_EQ(table.notices(), 2u);
  EXPECT_EQ(table.replica->last(), 5u);
  accept(table, lead, table.entries(5, old, {lead}), 0);  // it lives, and goes on
  EXPECT_TRUE(table.sent_to<Accepted>(n3));
}

// ---- the leader

struct Leading {
  Table table{n1, 3};
  Leading() {
    table.make_leader({n2});
    table.sync();
    table.accept_all(n2);
    table.sync();
    table.step([](Replica& replica) { replica.compact(decided_snapshot(replica)); });
    table.sent<Accept>();
  }
  Ballot own() const { return table.replica->promised(); }
  void mismatch(NodeId from) {
    table.hear(from, Mismatch{.ballot = own(), .last = 3, .last_ballot = old, .decided = 3});
  }
  void holds(NodeId from, std::uint64_t position) {
    Accepted accepted{.ballot = own(), .durable_match = 3, .match = 3, .read = 0};
    accepted.snapshot = SnapshotPosition{.index = table.replica->base(), .position = position};
    table.hear(from, accepted);
  }
};

TEST(SnapshotRules, K1ACompactionIsOneRecord) {
  Leading leading;
  EXPECT_EQ(leading.table.replica->base(), 6u);
  EXPECT_EQ(leading.table.replica->last(), 6u);
  leading.table.sync();
  leading.table.restart();
  EXPECT_EQ(leading.table.replica->base(), 6u);
}

TEST(SnapshotRules, L3WhoNeedsWhatIsDroppedGetsTheBaseAndThenEntries) {
  Leading leading;
  leading.mismatch(n3);
  const auto chunk = leading.table.sent_to<SnapshotChunk>(n3);
  ASSERT_TRUE(chunk);
  EXPECT_EQ(chunk->of.index, 6u);
  EXPECT_EQ(chunk->of.total, chunk->bytes.size());
  leading.table.append(no_producer, 0);
  leading.table.step([](Replica& replica) { replica.seal(); });
  EXPECT_FALSE(leading.table.sent_to<Accept>(n3)) << "nothing else goes to who takes a snapshot";
  leading.table.hear(n3, Accepted{.ballot = leading.own(), .durable_match = 0, .match = 6, .read = 0});
  const auto entries = leading.table.sent_to<Accept>(n3);
  ASSERT_TRUE(entries);
  EXPECT_EQ(entries->entries.previous, 6u);
  EXPECT_EQ(entries->entries.end, 8u);
}

TEST(SnapshotRules, L3OneChunkIsUnderWayAndTheNextBeginsWhereTheMemberIs) {
  Progress progress(1);
  const SnapshotPtr base = state_after(7, lead);
  progress.begin_snapshot(base);
  progress.on_snapshot_sent(10);
  progress.on_snapshot_held({.index = 12, .position = 0});  // the answer to something before it
  EXPECT_TRUE(progress.probe_outstanding);
  progress.on_snapshot_held({.index = 11, .position = 10});  // another snapshot
  EXPECT_TRUE(progress.probe_outstanding);
  progress.on_snapshot_held({.index = 12, .position = 10});
  EXPECT_FALSE(progress.probe_outstanding);
  EXPECT_EQ(progress.snapshot_held, 10u);
  progress.begin_snapshot(state_after(9, lead));
  EXPECT_EQ(progress.snapshot, base) << "a snapshot that has begun goes on";
  progress.rewind();
  progress.on_snapshot_sent(0);
  progress.on_snapshot_held({.index = 12, .position = 0});  // it has restarted
  EXPECT_EQ(progress.snapshot_held, 0u);
}

TEST(SnapshotRules, L4WhoIsSilentIsAskedEachRoundAndNotSentTheBytesAgain) {
  Leading leading;
  leading.mismatch(n3);
  leading.table.sent<SnapshotChunk>();
  for (int round = 0; round < 3; ++round) {
    leading.table.answer_heartbeats({n2}, false);
    leading.table.end_round();
    const auto asked = leading.table.sent_to<SnapshotChunk>(n3);
    ASSERT_TRUE(asked);
    EXPECT_TRUE(asked->bytes.empty());
  }
  leading.holds(n3, 0);
  const auto again = leading.table.sent_to<SnapshotChunk>(n3);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->bytes.size(), again->of.total);
}

// ---- candidates and promisers

TEST(SnapshotRules, K2APromiserNamesTheBaseThatACandidateLacks) {
  Leading leading;
  const Ballot higher = ballot(9, n3);
  leading.table.hear(n3, Prepare{.ballot = higher, .last_ballot = old, .last = 4, .decided = 4});
  leading.table.sync();
  const auto promise = leading.table.sent_to<Promise>(n3);
  ASSERT_TRUE(promise && promise->snapshot && promise->missing);
  EXPECT_EQ(promise->snapshot->index, 6u);
  EXPECT_EQ(promise->missing->end, promise->missing->previous + 1);
  Pull pull{.ballot = higher, .last = 4, .last_ballot = old, .decided = 4};
  pull.snapshot = SnapshotPosition{.index = 6, .position = 5};
  leading.table.hear(n3, pull);
  const auto chunk = leading.table.sent_to<SnapshotChunk>(n3);
  ASSERT_TRUE(chunk);
  EXPECT_EQ(chunk->position, 5u);
  EXPECT_EQ(chunk->bytes.size() + 5, chunk->of.total);
  pull.snapshot->index = 5;  // a base that it has left behind
  leading.table.hear(n3, pull);
  const auto suffix = leading.table.sent_to<Suffix>(n3);
  ASSERT_TRUE(suffix && suffix->snapshot);
  EXPECT_EQ(suffix->snapshot->index, 6u);
}

struct Standing {
  Table table{n3, 3};
  Ballot own;
  SnapshotPtr base = state_after(7, ballot(2, n2));
  Standing() {
    table.answer_heartbeats({n1, n2}, false);
    table.end_round();
    table.sync();
    own = table.replica->promised();
    Promise promise;
    promise.ballot = own;
    promise.last = 14;
    promise.last_ballot = ballot(2, n2);
    promise.decided = 13;
    promise.missing = EntryRange{.previous = 12, .previous_ballot = ballot(2, n2), .end = 13, .items = {}};
    promise.snapshot = name_of(*base);
    table.hear(n1, promise);
  }
};

TEST(SnapshotRules, K2ACandidateFetchesTheBaseInChunksAndThenTheEntries) {
  Standing standing;
  auto pull = standing.table.sent_to<Pull>(n1);
  ASSERT_TRUE(pull && pull->snapshot);
  EXPECT_EQ(pull->snapshot->position, 0u);
  standing.table.hear(n1, chunk_of(standing.base, standing.own, 0, 10));
  pull = standing.table.sent_to<Pull>(n1);
  ASSERT_TRUE(pull && pull->snapshot);
  EXPECT_EQ(pull->snapshot->position, 10u);
  standing.table.hear(n1, chunk_of(standing.base, standing.own, 10));
  EXPECT_EQ(standing.table.replica->base(), 12u);
  pull = standing.table.sent_to<Pull>(n1);
  ASSERT_TRUE(pull);
  EXPECT_FALSE(pull->snapshot);
  EXPECT_EQ(pull->last, 12u);
  const Ballot dead = ballot(2, n2);
  standing.table.hear(
      n1, Suffix{.ballot = standing.own, .entries = standing.table.entries(12, dead, {dead, dead})});
  EXPECT_EQ(standing.table.replica->role(), Role::leader);
  EXPECT_EQ(standing.table.replica->last(), 15u);
}

// Each answer asked it again, and each question was answered.
TEST(SnapshotRules, S5ACandidateThatFillsUpAsksNobodyForABaseAgain) {
  Standing standing;
  standing.table.step([](Replica& replica) { replica.on_room(Room::low); });
  EXPECT_FALSE(standing.table.sent<Prepare>().empty());
  EXPECT_FALSE(standing.table.sent<Pull>().empty());
  standing.table.hear(n1, chunk_of(standing.base, standing.own, 0, 10));
  EXPECT_FALSE(standing.table.sent_to<Prepare>(n1));
  EXPECT_FALSE(standing.table.sent_to<Pull>(n1));
  EXPECT_EQ(standing.table.replica->base(), 0u);
}

TEST(SnapshotRules, APromiserWhoseBaseCannotBeReadIsDoneWithout) {
  Standing standing;
  auto broken = std::make_shared<Snapshot>(*standing.base);
  broken->state = Bytes::copy_of(std::string(broken->state.size(), 'x'));
  standing.table.hear(n1, chunk_of(broken, standing.own));
  EXPECT_EQ(standing.table.replica->base(), 0u);
  EXPECT_EQ(standing.table.notices(), 1u);
  Promise other;
  other.ballot = standing.own;
  other.last = 5;
  other.last_ballot = old;
  other.decided = 5;
  standing.table.hear(n2, other);
  EXPECT_EQ(standing.table.replica->role(), Role::leader);
}

// ---- L12

TEST(Waiters, L12ASnapshotLetsTheTableOfProducersAnswer) {
  state::Producers table;
  const ProducerId known{7};
  table.add(known, 7);
  table.place(known, {.sequence = 1, .index = 9, .offset = 40, .count = 2});
  Waiters waiters;
  const AppendDone done{.index = 10, .offset = 50, .count = 2};
  const auto add = [&](std::uint64_t request, ProducerId producer, Sequence sequence, Index index = 10) {
    waiters.add(index, lead, RequestId{request}, done, 0, {.producer = producer, .sequence = sequence});
  };
  add(1, known, 1);
  add(2, known, 2);
  add(3, ProducerId{8}, 1);
  add(4, no_producer, 0);
  waiters.add(10, lead, RequestId{5}, RegisterDone{.producer = ProducerId{10}}, 0);
  add(6, known, 3, 11);  // behind the snapshot
  const auto answers = waiters.on_installed(10, table);
  ASSERT_EQ(answers.size(), 5u);
  const auto* stored = std::get_if<AppendDone>(&answers[0].answer);
  ASSERT_NE(stored, nullptr);
  EXPECT_EQ(stored->index, 9u);
  EXPECT_EQ(stored->offset, 40u);
  const auto code = [&](std::size_t at) { return std::get<Refused>(answers[at].answer).code; };
  EXPECT_EQ(code(1), ErrorCode::retry);
  EXPECT_EQ(code(2), ErrorCode::unknown);
  EXPECT_EQ(code(3), ErrorCode::unknown);
  EXPECT_EQ(code(4), ErrorCode::unknown);
}

}  // namespace
}  // namespace bellwether::replication
