// How a leader comes to be: section 6 of the specification.
#include <gtest/gtest.h>

#include <set>

#include "table.hpp"

namespace bellwether::replication {
namespace {

// Node 3 of three raises its ballot: nobody leads and all answer.
struct Election {
  Table table{n3, 3};
  Election() {
    table.answer_heartbeats({n1, n2}, false);
    table.end_round();
    EXPECT_EQ(table.replica->role(), Role::candidate);
  }
  Promise promise(Index last, Ballot last_ballot) const {
    Promise made;
    made.ballot = table.replica->promised();
    made.last = last;
    made.last_ballot = last_ballot;
    made.decided = 5;
    return made;
  }
  const Ballot old = ballot(1, n1);
};

TEST(CandidateRules, D1NothingIsAskedBeforeTheOwnPromiseIsDurable) {
  Election e;
  EXPECT_TRUE(e.table.sent<Prepare>().empty());
  e.table.sync();
  std::set<NodeId> asked;
  for (const auto& [to, prepare] : e.table.sent<Prepare>()) asked.insert(to);
  EXPECT_EQ(asked, (std::set{n1, n2}));
}

TEST(CandidateRules, C6AMajorityOfPromisesEstablishesALeader) {
  Election e;
  e.table.sync();
  e.table.hear(n1, e.promise(5, e.old));
  EXPECT_EQ(e.table.replica->role(), Role::leader);
}

TEST(CandidateRules, C6ThePromiseOfALearnerDoesNotCount) {
  Table table(n3, 3, 1);
  table.answer_heartbeats({n1, n2}, false);
  table.end_round();
  table.sync();
  Promise promise;
  promise.ballot = table.replica->promised();
  promise.last = table.formed;
  promise.last_ballot = ballot(1, n1);
  table.hear(n4, promise);
  EXPECT_EQ(table.replica->role(), Role::candidate);
}

TEST(CandidateRules, C8ALeaderBeginsWithAnEntryOfItsOwn) {
  Election e;
  e.table.sync();
  e.table.hear(n1, e.promise(5, e.old));
  EXPECT_EQ(e.table.replica->last(), 6u);
  EXPECT_EQ(e.table.replica->ballot_at(6), e.table.replica->promised());
  EXPECT_EQ(e.table.sent<Accept>().size(), 2u);
}

TEST(CandidateRules, C4WhatAPromiserHasMoreIsAdoptedFirst) {
  Election e;
  e.table.sync();
  const Ballot lost = ballot(2, n2);
  e.table.hear(n1, e.promise(7, lost));
  EXPECT_EQ(e.table.replica->role(), Role::candidate);
  const auto pull = e.table.sent_to<Pull>(n1);
  ASSERT_TRUE(pull);
  EXPECT_EQ(pull->last, 5u);
  e.table.hear(n1,
               Suffix{.ballot = e.table.replica->promised(), .entries = e.table.entries(5, e.old, {lost})});
  EXPECT_EQ(e.table.replica->role(), Role::candidate);
  EXPECT_EQ(e.table.sent_to<Pull>(n1)->last, 6u);
  e.table.hear(n1,
               Suffix{.ballot = e.table.replica->promised(), .entries = e.table.entries(6, lost, {lost})});
  EXPECT_EQ(e.table.replica->role(), Role::leader);
  EXPECT_EQ(e.table.replica->last(), 8u);  // adopted, and the own first entry
}

// Seen in the simulation: a candidate with a long undecided log that parts from its promiser's only at the
// end gave up again and again, because chunks that it had already didn't count as progress.
TEST(CandidateRules, C5ChunksThatAreThereAlreadyAreProgress) {
  Table table(n3, 3);
  const Ballot dead = ballot(2, n2), live = ballot(3, n2);
  table.hear(n2, Accept{.ballot = dead,
                        .entries = table.entries(5, ballot(1, n1), std::vector(9, dead)),
                        .decided = 0,
                        .read = 0});
  table.sync();
  for (int i = 0; i < 9 && table.replica->role() == Role::follower; ++i) {
    table.answer_heartbeats({n1, n2}, false, false);
    table.end_round();
  }
  ASSERT_EQ(table.replica->role(), Role::candidate);
  table.sync();
  const Ballot own = table.replica->promised();
  Promise promise;
  promise.ballot = own;
  promise.last = 15;
  promise.last_ballot = live;
  promise.missing = table.entries(5, ballot(1, n1), {dead});
  table.hear(n1, promise);
  for (Index at = 6; at < 13; ++at) {
    table.answer_heartbeats({n1, n2}, false);
    table.end_round();
    const auto pull = table.sent_to<Pull>(n1);
    ASSERT_TRUE(pull) << at;
    EXPECT_EQ(pull->last, at);
    table.hear(n1, Suffix{.ballot = own, .entries = table.entries(at, dead, {dead})});
  }
  table.hear(n1, Suffix{.ballot = own, .entries = table.entries(13, dead, {live, live})});
  EXPECT_EQ(table.replica->role(), Role::leader);
}

TEST(CandidateRules, C5APromiserThatGoesSilentIsDropped) {
  Election e;
  e.table.sync();
  e.table.hear(n1, e.promise(7, ballot(2, n2)));
  for (int round = 0; round < 3; ++round) {
    e.table.answer_heartbeats({n1, n2}, false);
    e.table.end_round();
  }
  e.table.hear(n2, e.promise(5, e.old));
  EXPECT_EQ(e.table.replica->role(), Role::leader);
  EXPECT_EQ(e.table.replica->last(), 6u);
}

TEST(CandidateRules, C7ACandidateThatTheAdoptedLogRemovesGivesUp) {
  Election e;
  e.table.sync();
  const Ballot lost = ballot(2, n2);
  Promise promise = e.promise(6, lost);
  EntryRange removal{.previous = 5, .previous_ballot = e.old, .end = 7, .items = {}};
  removal.items.push_back(make_entry(6, lost, 0, RemoveMember{n3}));
  promise.missing = removal;
  e.table.hear(n1, promise);
  EXPECT_EQ(e.table.replica->role(), Role::follower);
}

TEST(CandidateRules, R3ANewBallotIsAboveThePromisedOneAfterARestart) {
  Election e;
  e.table.sync();
  const Ballot first = e.table.replica->promised();
  e.table.restart();
  e.table.answer_heartbeats({n1, n2}, false);
  e.table.end_round();
  EXPECT_EQ(e.table.replica->role(), Role::candidate);
  EXPECT_GT(e.table.replica->promised(), first);
}

TEST(CandidateRules, C2AHigherBallotEndsTheCandidacy) {
  Election e;
  e.table.hear(n2, Prepare{.ballot = ballot(9, n2), .last_ballot = e.old, .last = 5, .decided = 5});
  EXPECT_EQ(e.table.replica->role(), Role::follower);
  e.table.sync();
  EXPECT_TRUE(e.table.sent_to<Promise>(n2));
  EXPECT_TRUE(e.table.sent<Prepare>().empty());
}

}  // namespace
}  // namespace bellwether::replication
