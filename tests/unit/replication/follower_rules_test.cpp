// What a member owes a candidate and a leader: sections 4, 6 and 7 of the specification, one test per rule.
#include <gtest/gtest.h>

#include "table.hpp"

namespace bellwether::replication {
namespace {

Prepare prepare(Ballot of, Index last = 5, Ballot last_ballot = ballot(1, n1)) {
  return {.ballot = of, .last_ballot = last_ballot, .last = last, .decided = 0};
}

// Node 1 of three; the first log has five entries of ballot [1, 0, 1].
struct Follower {
  Table table{n1, 3};
  const Ballot old = ballot(1, n1);
  const Ballot lead = ballot(2, n3);

  void accept(Ballot of, const EntryRange& entries, Index decided = 0, std::uint64_t read = 0) {
    table.hear(of.id, Accept{.ballot = of, .entries = entries, .decided = decided, .read = read});
  }
};

TEST(FollowerRules, D2APromiseWaitsForItsRecord) {
  Follower f;
  f.table.hear(n3, prepare(f.lead));
  EXPECT_TRUE(f.table.sent<Promise>().empty());
  f.table.sync();
  const auto promise = f.table.sent_to<Promise>(n3);
  ASSERT_TRUE(promise);
  EXPECT_EQ(promise->ballot, f.lead);
  EXPECT_EQ(promise->last, 5u);
  EXPECT_EQ(promise->last_ballot, f.old);
}

TEST(FollowerRules, D6AHeldPromiseIsDroppedForAHigherBallot) {
  Follower f;
  f.table.hear(n3, prepare(f.lead));
  f.table.hear(n2, prepare(ballot(3, n2)));
  f.table.sync();
  EXPECT_FALSE(f.table.sent_to<Promise>(n3));
}

TEST(FollowerRules, E10ALossThatInterruptsAnUrgentRoundDoesNotMakeItLonger) {
  Follower f;
  f.table.step([](Replica& replica) { replica.on_link_up(n2); });
  f.table.hear(n3, prepare(f.lead));
  f.table.end_round();
  f.table.end_round();  // it has lost its leader: the round that begins is urgent and waits for node 2
  const HeartbeatRequest loss{.round = 1, .lost = f.table.replica->leader_ballot()};
  const Ticks due = f.table.replica->deadline();
  f.table.pass(50);
  f.table.sent<HeartbeatRequest>();
  f.table.hear(n2, loss);
  EXPECT_EQ(f.table.sent<HeartbeatRequest>().size(), 2u);  // it does ask again
  EXPECT_EQ(f.table.replica->deadline(), due);
}

TEST(FollowerRules, C2ALowerBallotGetsANack) {
  Follower f;
  f.table.hear(n3, prepare(ballot(4, n3)));
  f.table.hear(n2, prepare(ballot(3, n2)));
  const auto nack = f.table.sent_to<Nack>(n2);
  ASSERT_TRUE(nack);
  EXPECT_EQ(nack->promised, ballot(4, n3));
}

TEST(FollowerRules, C2TheSameCandidateGetsItsPromiseAgain) {
  Follower f;
  f.table.hear(n3, prepare(f.lead));
  f.table.sync();
  f.table.sent<Promise>();
  f.table.hear(n3, prepare(f.lead));
  EXPECT_TRUE(f.table.sent_to<Promise>(n3));
}

TEST(FollowerRules, C3ACandidateWithAShortLogIsPromisedAndGetsWhatItLacks) {
  Follower f;
  f.table.hear(n3, prepare(f.lead, 3));
  f.table.sync();
  const auto promise = f.table.sent_to<Promise>(n3);
  ASSERT_TRUE(promise && promise->missing);
  EXPECT_EQ(promise->missing->previous, 3u);
  EXPECT_EQ(promise->missing->end, 6u);
}

TEST(FollowerRules, R4APromiseThatWasNotSyncedIsForgottenByARestart) {
  Follower f;
  f.table.hear(n3, prepare(f.lead));
  f.table.restart();
  EXPECT_EQ(f.table.replica->promised(), f.old);
}

TEST(FollowerRules, I8APromiseThatWasSyncedOutlivesARestart) {
  Follower f;
  f.table.hear(n3, prepare(f.lead));
  f.table.sync();
  f.table.restart();
  EXPECT_EQ(f.table.replica->promised(), f.lead);
  EXPECT_EQ(f.table.replica->role(), Role::follower);
}

TEST(FollowerRules, D8ThePromiseOfAnAcceptIsRecordedBeforeItsEntries) {
  Follower f;
  f.accept(f.lead, f.table.entries(5, f.old, {f.lead}));
  const auto written = f.table.written();
  ASSERT_GE(written.size(), 2u);
  EXPECT_TRUE(std::holds_alternative<PromiseRecord>(written[0]));
  EXPECT_TRUE(std::holds_alternative<AppendRecord>(written[1]));
}

TEST(FollowerRules, D8AnEmptyAcceptRecordsItsPromiseToo) {
  Follower f;
  f.accept(f.lead, f.table.entries(5, f.old, {}));
  EXPECT_TRUE(std::holds_alternative<PromiseRecord>(f.table.written().at(0)));
}

TEST(FollowerRules, D3AcceptedCountsOnlyWhatIsDurable) {
  Follower f;
  f.accept(f.lead, f.table.entries(5, f.old, {f.lead, f.lead}));
  auto accepted = f.table.sent_to<Accepted>(n3);
  ASSERT_TRUE(accepted);
  EXPECT_LE(accepted->durable_match, 5u);
  EXPECT_EQ(accepted->match, 7u);
  f.table.sync();
  accepted = f.table.sent_to<Accepted>(n3);
  ASSERT_TRUE(accepted);  // D7: again when it is durable
  EXPECT_EQ(accepted->durable_match, 7u);
}

TEST(FollowerRules, S3ATruncationLowersWhatIsDurableAtOnce) {
  Follower f;
  f.accept(f.lead, f.table.entries(5, f.old, {f.lead, f.lead}));
  f.table.sync();
  EXPECT_EQ(f.table.replica->durable(), 7u);
  const Ballot next = ballot(3, n2);
  f.accept(next, f.table.entries(5, f.old, {next, next}));
  EXPECT_EQ(f.table.replica->durable(), 5u);
  EXPECT_EQ(f.table.sent_to<Accepted>(n2)->durable_match, 5u);
}

TEST(FollowerRules, L5AnEntryThatDoesNotFitIsAMismatch) {
  Follower f;
  f.accept(f.lead, f.table.entries(8, f.lead, {f.lead}));
  const auto mismatch = f.table.sent_to<Mismatch>(n3);
  ASSERT_TRUE(mismatch);
  EXPECT_EQ(mismatch->last, 5u);
  EXPECT_EQ(mismatch->last_ballot, f.old);
  EXPECT_EQ(mismatch->decided, 5u);
  EXPECT_EQ(f.table.replica->last(), 5u);
}

TEST(FollowerRules, L5AnOldLeadersAcceptGetsANack) {
  Follower f;
  f.accept(ballot(4, n2), f.table.entries(5, f.old, {}));
  f.accept(f.lead, f.table.entries(5, f.old, {f.lead}));
  EXPECT_TRUE(f.table.sent_to<Nack>(n3));
  EXPECT_EQ(f.table.replica->last(), 5u);
}

TEST(FollowerRules, L6DecidedNeverGoesBeyondTheMatch) {
  Follower f;
  f.accept(f.lead, f.table.entries(5, f.old, {f.lead, f.lead, f.lead}));
  const Ballot next = ballot(3, n2);
  f.accept(next, f.table.entries(6, f.lead, {}), 8);  // entries 7 and 8 are a dead leader's
  EXPECT_EQ(f.table.replica->decided(), 6u);
}

TEST(FollowerRules, T14AnOldAcceptThatComesLateCutsNothingOff) {
  Follower f;
  const EntryRange all = f.table.entries(5, f.old, {f.lead, f.lead, f.lead});
  EntryRange part = all;
  part.items.resize(1);
  part.end = 7;
  f.accept(f.lead, all);
  f.accept(f.lead, part);
  EXPECT_EQ(f.table.replica->last(), 8u);
  EXPECT_EQ(f.table.sent_to<Accepted>(n3)->match, 8u);
}

TEST(FollowerRules, GraftTruncatesOnAConflictOnly) {
  Follower f;
  f.accept(f.lead, f.table.entries(5, f.old, {f.lead, f.lead, f.lead}));
  f.table.written();
  const Ballot next = ballot(3, n2);
  f.accept(next, f.table.entries(5, f.old, {f.lead, next}));
  const auto written = f.table.written();
  ASSERT_EQ(written.size(), 3u);
  EXPECT_EQ(std::get<TruncateRecord>(written[1]).from, 7u);
  EXPECT_EQ(f.table.replica->last(), 7u);
  EXPECT_EQ(f.table.replica->ballot_at(7), next);
}

TEST(FollowerRules, K3WhatIsDecidedIsNotComparedByBallot) {
  Follower f;
  f.accept(f.lead,
           f.table.entries(3, ballot(7, n2), {f.old, f.old, f.lead}));  // behind decided: `previous` may lie
  EXPECT_EQ(f.table.replica->last(), 6u);
}

TEST(FollowerRules, S2DecidedEntriesComeOnceInOrderWithTheirOffsets) {
  Follower f;
  f.accept(f.lead, f.table.entries(5, f.old, {f.lead, f.lead}), 6);
  f.accept(f.lead, f.table.entries(7, f.lead, {}), 7);
  f.accept(f.lead, f.table.entries(7, f.lead, {}), 7);
  const auto decided = f.table.decided();
  ASSERT_EQ(decided.size(), 2u);
  EXPECT_EQ(decided[0].index, 6u);
  EXPECT_EQ(decided[1].index, 7u);
}

TEST(FollowerRules, X2ANodeThatIsToldSoStopsAndRemembersIt) {
  Follower f;
  f.table.hear(n2, Removed{});
  f.table.sync();
  EXPECT_TRUE(f.table.replica->is_removed());
  f.table.sent<HeartbeatRequest>();
  f.table.hear(n2, HeartbeatRequest{.round = 1, .lost = std::nullopt});
  EXPECT_TRUE(f.table.sent<HeartbeatReply>().empty());
  f.table.restart();
  EXPECT_TRUE(f.table.replica->is_removed());
  const Ticks before = f.table.replica->deadline();
  f.table.end_round();
  EXPECT_GT(f.table.replica->deadline(), before);  // its runtime must not be woken for ever
}

TEST(FollowerRules, H2ATakeOverOfThePromisedLeaderIsObeyedAtOnce) {
  Follower f;
  f.accept(f.lead, f.table.entries(5, f.old, {}));
  f.table.hear(n3, TakeOver{.ballot = ballot(1, n1)});
  EXPECT_EQ(f.table.replica->role(), Role::follower);
  f.table.hear(n3, TakeOver{.ballot = f.lead});
  EXPECT_EQ(f.table.replica->role(), Role::candidate);
  EXPECT_EQ(f.table.replica->promised(), ballot(3, n1));
}

TEST(FollowerRules, E1EveryHeartbeatIsAnsweredAlsoAStrangers) {
  Follower f;
  f.table.hear(NodeId{77}, HeartbeatRequest{.round = 9, .lost = std::nullopt});
  const auto reply = f.table.sent_to<HeartbeatReply>(NodeId{77});
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->round, 9u);
  EXPECT_EQ(reply->ballot, ballot(0, n1));
}

}  // namespace
}  // namespace bellwether::replication
