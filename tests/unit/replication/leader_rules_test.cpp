// What a leader may decide and how it goes on with its members: section 7 of the specification.
#include <gtest/gtest.h>

#include "table.hpp"

namespace bellwether::replication {
namespace {

struct Reign {
  Table table{n3, 3};
  Ballot own;
  Reign() {
    table.make_leader({n1, n2});
    own = table.replica->promised();
    table.sent<Accept>();
  }
  void accepted(NodeId from, Index durable, Index match) {
    table.hear(from, Accepted{.ballot = own, .durable_match = durable, .match = match, .read = 0});
  }
};

TEST(LeaderRules, D4ALeaderCountsItselfOnlyForWhatItHasSynced) {
  Reign r;
  r.accepted(n1, 6, 6);
  EXPECT_EQ(r.table.replica->decided(), 5u);
  r.table.sync();
  EXPECT_EQ(r.table.replica->decided(), 6u);
}

TEST(LeaderRules, L9AnEntryMayBeDecidedBeforeTheLeadersOwnDiskHasIt) {
  Reign r;
  r.accepted(n1, 6, 6);
  r.accepted(n2, 6, 6);
  EXPECT_EQ(r.table.replica->decided(), 6u);
}

TEST(LeaderRules, L9WhatIsOnlyInMemoryDoesNotCount) {
  Reign r;
  r.table.sync();
  r.accepted(n1, 5, 6);
  EXPECT_EQ(r.table.replica->decided(), 5u);
}

TEST(LeaderRules, L9AnOlderBallotsEntryIsDecidedOnlyWithAnOwnOne) {
  Table table(n3, 3);
  const Ballot dead = ballot(2, n2);
  table.hear(
      n2,
      Accept{.ballot = dead, .entries = table.entries(5, ballot(1, n1), {dead}), .decided = 0, .read = 0});
  table.sync();
  table.make_leader({n1, n2});
  table.sync();
  table.hear(n1, Accepted{.ballot = table.replica->promised(), .durable_match = 6, .match = 6, .read = 0});
  EXPECT_EQ(table.replica->decided(), 5u);  // on a majority's disks, but of another ballot
  table.hear(n1, Accepted{.ballot = table.replica->promised(), .durable_match = 7, .match = 7, .read = 0});
  EXPECT_EQ(table.replica->decided(), 7u);
}

TEST(LeaderRules, L10AnAnswerToAnotherBallotChangesNothing) {
  Reign r;
  r.table.sync();
  r.table.hear(n1, Accepted{.ballot = ballot(1, n3), .durable_match = 6, .match = 6, .read = 0});
  EXPECT_EQ(r.table.replica->decided(), 5u);
}

TEST(LeaderRules, L9MembersThatClaimMoreThanThereIsDecideNoMore) {
  Reign r;
  r.table.sync();
  r.accepted(n1, 1'000, 1'000);
  EXPECT_EQ(r.table.replica->decided(), 6u);
}

TEST(LeaderRules, L2AMismatchIsAnsweredFromWhereTheLogsAgree) {
  Reign r;
  r.table.hear(n1, Mismatch{.ballot = r.own, .last = 4, .last_ballot = ballot(1, n1), .decided = 3});
  const auto accept = r.table.sent_to<Accept>(n1);
  ASSERT_TRUE(accept);
  EXPECT_EQ(accept->entries.previous, 4u);
}

TEST(LeaderRules, L2AnUnknownEndIsAnsweredFromTheDecidedEntries) {
  Reign r;
  r.table.hear(n1, Mismatch{.ballot = r.own, .last = 5, .last_ballot = ballot(1, n2), .decided = 3});
  EXPECT_EQ(r.table.sent_to<Accept>(n1)->entries.previous, 3u);
}

// Seen in the simulation as a storm: a member that catches up also answers every decision, read and sync, and each of
// these answers had the chunk that was under way sent once more.
TEST(LeaderRules, L1OnlyTheAnswerToAChunkAsksForTheNextOne) {
  Reign r;
  r.table.sync();
  r.table.accept_all(n1);
  r.table.hear(n2, Mismatch{.ballot = r.own, .last = 0, .last_ballot = {}, .decided = 0});
  const auto chunk = r.table.sent_to<Accept>(n2);
  ASSERT_TRUE(chunk);
  EXPECT_EQ(chunk->entries.previous, 0u);
  EXPECT_EQ(chunk->entries.end, 7u);
  for (int i = 0; i < 5; ++i) r.accepted(n2, 0, 0);
  for (const auto& [to, accept] : r.table.sent<Accept>())
    EXPECT_EQ(accept.entries.end, accept.entries.previous + 1);
  r.accepted(n2, 6, 6);
  r.table.append(no_producer, 0);
  r.table.step([](Replica& replica) { replica.seal(); });
  EXPECT_EQ(r.table.sent_to<Accept>(n2)->entries.previous, 6u);
}

// The same storm by another way: after a loss every accept of a full pipeline is answered by a mismatch.
TEST(LeaderRules, L2FurtherMismatchesForTheSamePlaceSendNothing) {
  Reign r;
  const Mismatch mismatch{.ballot = r.own, .last = 0, .last_ballot = {}, .decided = 0};
  r.table.hear(n2, mismatch);
  EXPECT_EQ(r.table.sent<Accept>().size(), 1u);
  for (int i = 0; i < 5; ++i) r.table.hear(n2, mismatch);
  EXPECT_TRUE(r.table.sent<Accept>().empty());
}

// And by a third one: mismatches that were overtaken by the answer to what was sent because of the first of them.
TEST(LeaderRules, L2AMismatchFromBeforeWhatAMemberHasToldSinceSendsNothing) {
  Reign r;
  const Mismatch mismatch{.ballot = r.own, .last = 2, .last_ballot = ballot(1, n1), .decided = 2};
  r.table.hear(n2, mismatch);
  r.accepted(n2, 1, 6);
  r.table.sent<Accept>();
  r.table.hear(n2, mismatch);
  EXPECT_TRUE(r.table.sent<Accept>().empty());
}

TEST(LeaderRules, S6AMemberThatHasLostWhatItToldOfIsAskedAtTheRoundsEnd) {
  Reign r;
  r.table.sync();
  r.table.accept_all(n1);
  r.accepted(n2, 6, 6);
  const Mismatch mismatch{.ballot = r.own, .last = 2, .last_ballot = ballot(1, n1), .decided = 2};
  r.table.hear(n2, mismatch);
  r.table.sent<Accept>();
  r.table.answer_heartbeats({n1, n2}, true);
  r.table.end_round();
  r.table.sent<Accept>();
  r.table.hear(n2, mismatch);
  const auto accept = r.table.sent_to<Accept>(n2);
  ASSERT_TRUE(accept);
  EXPECT_EQ(accept->entries.previous, 2u);
}

TEST(LeaderRules, L4EveryMemberHearsSomethingEveryRound) {
  Reign r;
  r.table.sync();
  r.table.accept_all(n1);
  r.table.accept_all(n2);
  r.table.sent<Accept>();
  r.table.answer_heartbeats({n1, n2}, true);
  r.table.end_round();
  EXPECT_EQ(r.table.sent<Accept>().size(), 2u);
}

TEST(LeaderRules, L1EntriesAreSentBeforeTheLeadersOwnSync) {
  Reign r;
  r.table.sync();
  r.table.accept_all(n1);
  r.table.accept_all(n2);
  r.table.sent<Accept>();
  r.table.append(no_producer, 0);
  r.table.step([](Replica& replica) { replica.seal(); });
  EXPECT_EQ(r.table.sent<Accept>().size(), 2u);
  EXPECT_EQ(r.table.replica->durable(), 6u);
}

TEST(LeaderRules, AHigherBallotEndsTheReign) {
  Reign r;
  r.table.hear(n1, Prepare{.ballot = ballot(9, n1), .last_ballot = r.own, .last = 6, .decided = 5});
  EXPECT_EQ(r.table.replica->role(), Role::follower);
  EXPECT_EQ(r.table.replica->promised(), ballot(9, n1));
}

TEST(LeaderRules, H1NothingIsAppendedDuringAHandOver) {
  Reign r;
  r.table.sync();
  r.table.accept_all(n1);
  r.accepted(n2, 5, 5);
  r.table.answer_heartbeats({n1, n2}, true);
  const RequestId moved =
      r.table.ask([](Replica& replica, RequestId request) { replica.move_leader(request, n2); });
  EXPECT_TRUE(r.table.replica->is_handing_over());
  EXPECT_FALSE(r.table.sent_to<TakeOver>(n2));  // it lacks the last entry
  EXPECT_EQ(r.table.refusal_of(r.table.append(no_producer, 0)), ErrorCode::retry);
  r.table.accept_all(n2);
  EXPECT_TRUE(r.table.sent_to<TakeOver>(n2));
  r.table.hear(n2, Prepare{.ballot = ballot(9, n2), .last_ballot = r.own, .last = 6, .decided = 6});
  ASSERT_TRUE(r.table.answer_to(moved));
  EXPECT_TRUE(std::holds_alternative<AdminDone>(*r.table.answer_to(moved)));
}

TEST(LeaderRules, H1AfterFourRoundsItGoesOnLeading) {
  Reign r;
  r.table.sync();
  r.table.accept_all(n1);
  r.accepted(n2, 5, 5);
  r.table.answer_heartbeats({n1, n2}, true);
  const RequestId moved =
      r.table.ask([](Replica& replica, RequestId request) { replica.move_leader(request, n2); });
  EXPECT_TRUE(r.table.replica->is_handing_over());
  for (int round = 0; round < 6; ++round) {
    r.table.answer_heartbeats({n1, n2}, true);
    r.table.end_round();
  }
  EXPECT_FALSE(r.table.replica->is_handing_over());
  EXPECT_EQ(r.table.refusal_of(moved), ErrorCode::retry);
  EXPECT_TRUE(r.table.replica->is_established());
}

// Seen with real nodes: each attempt of an operator refused every message for four rounds.
TEST(LeaderRules, H1NoHandOverBeginsToAMemberThatDoesNotAnswer) {
  Reign r;
  r.table.sync();
  r.table.accept_all(n1);
  r.table.accept_all(n2);
  for (int round = 0; round < 2; ++round) {
    r.table.answer_heartbeats({n1}, true);
    r.table.end_round();
  }
  const RequestId moved =
      r.table.ask([](Replica& replica, RequestId request) { replica.move_leader(request, n2); });
  EXPECT_EQ(r.table.refusal_of(moved), ErrorCode::retry);
  EXPECT_FALSE(r.table.replica->is_handing_over());
}

TEST(LeaderRules, H1NoHandOverBeginsToAMemberThatHasNotCaughtUp) {
  Reign r;
  r.table.sync();
  r.table.accept_all(n1);  // without n2
  for (int round = 0; round < 2; ++round) {
    r.table.answer_heartbeats({n1, n2}, true);
    r.table.end_round();
  }
  const RequestId moved =
      r.table.ask([](Replica& replica, RequestId request) { replica.move_leader(request, n2); });
  EXPECT_EQ(r.table.refusal_of(moved), ErrorCode::retry);
  EXPECT_FALSE(r.table.replica->is_handing_over());
}

// 40 MB, sealed and sent; this node's own disk has synced nothing of it.
void append_much(Table& table) {
  for (int i = 0; i < 5; ++i) {
    table.append(no_producer, 0, 2'000'000);
    table.step([](Replica& replica) { replica.seal(); });
  }
}

TEST(LeaderRules, H3ALeaderWhoseDiskIsFarBehindThoseOfTheOthersMakesWay) {
  Reign r;
  r.table.sync();
  append_much(r.table);
  r.table.accept_all(n1);
  r.table.accept_all(n2);
  const auto notices = r.table.notices();
  r.table.answer_heartbeats({n1, n2}, true);
  r.table.end_round();
  EXPECT_TRUE(r.table.sent_to<TakeOver>(n2));
  EXPECT_EQ(r.table.notices(), notices + 1);
}

TEST(LeaderRules, H3ALeaderWhoseDiskIsNoSlowerThanTheOthersLeadsOn) {
  Reign r;
  r.table.sync();
  append_much(r.table);
  r.table.answer_heartbeats({n1, n2}, true);
  r.table.end_round();
  EXPECT_FALSE(r.table.replica->is_handing_over());
}

TEST(LeaderRules, E12ADiskThatFinishesNothingIsToldOnceAndThatItDoesAgain) {
  Reign r;
  r.table.sync();
  const auto notices = r.table.notices();
  r.table.append(no_producer, 0);
  r.table.step([](Replica& replica) { replica.seal(); });
  for (int round = 0; round < 20; ++round) {
    r.table.answer_heartbeats({}, true);
    r.table.end_round();
  }
  EXPECT_EQ(r.table.notices(), notices + 1);
  r.table.sync();
  r.table.end_round();
  EXPECT_EQ(r.table.notices(), notices + 2);
}

// Seen in the simulation: right after the beginning of a round nobody has answered it yet.
TEST(LeaderRules, H3ALeaderMayResignRightAfterARoundHasBegun) {
  Reign r;
  r.table.sync();
  r.table.accept_all(n1);
  r.table.accept_all(n2);
  r.table.answer_heartbeats({n1, n2}, true);
  r.table.end_round();
  r.table.step([](Replica& replica) { replica.resign(); });
  EXPECT_TRUE(r.table.replica->is_handing_over());
}

}  // namespace
}  // namespace bellwether::replication
