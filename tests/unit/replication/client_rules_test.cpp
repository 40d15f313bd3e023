// What clients are told: section 10 of the specification.
#include <gtest/gtest.h>

#include "replication/read_rounds.hpp"
#include "table.hpp"

namespace bellwether::replication {
namespace {

struct Service {
  Table table;
  explicit Service(state::ProducerLimits limits = {}) : table(n3, 3, 0, limits) {
    table.make_leader({n1, n2});
    settle();
  }
  void settle() {  // all that was written is decided
    table.step([](Replica& replica) { replica.seal(); });
    table.sync();
    table.accept_all(n1);
  }
  void confirm() {  // a majority follows this leader
    const auto accept = table.sent_to<Accept>(n1);
    table.hear(n1, Accepted{.ballot = accept->ballot, .durable_match = 6, .match = 6, .read = accept->read});
  }
  ProducerId registered() {
    const RequestId request =
        table.ask([](Replica& replica, RequestId id) { replica.register_producer(id); });
    settle();
    return std::get<RegisterDone>(*table.answer_to(request)).producer;
  }
  Offset offset_of(RequestId request) { return *std::get<AppendDone>(*table.answer_to(request)).offset; }
};

TEST(ClientRules, P1AProducersIdIsTheIndexOfItsEntry) {
  Service s;
  EXPECT_EQ(s.registered(), ProducerId{7});
}

TEST(ClientRules, P4AnAppendIsAnsweredWhenItIsDecided) {
  Service s;
  const RequestId request = s.table.append(no_producer, 0, 3);
  s.table.step([](Replica& replica) { replica.seal(); });
  s.table.sync();
  EXPECT_FALSE(s.table.answer_to(request));
  s.table.accept_all(n1);
  EXPECT_EQ(s.offset_of(request), 0u);
}

// E10: each loss that another one tells of begins the round again.
TEST(ClientRules, P4AnUndecidedAppendIsAnsweredHoweverOftenALossInterruptsTheRounds) {
  Service s;
  const RequestId request = s.table.append(no_producer, 0);
  s.table.step([](Replica& replica) {
    replica.seal();
    replica.on_link_up(n2);  // an urgent round waits for it
  });
  s.table.hear(n1, Prepare{.ballot = ballot(9, n1), .last_ballot = ballot(9, n1), .last = 99, .decided = 0});
  const Options options;
  const Ticks often = options.heartbeat / 2 + 1;
  for (Ticks passed = 0; passed < options.answer_within + 3 * options.heartbeat; passed += often) {
    s.table.pass(often);
    const Ballot lost = s.table.replica->leader_ballot();
    s.table.hear(n2, HeartbeatRequest{.round = passed, .lost = lost});
  }
  EXPECT_EQ(s.table.refusal_of(request), ErrorCode::unknown);
}

TEST(ClientRules, P7GroupsOfOneEntryFollowEachOther) {
  Service s;
  const RequestId a = s.table.append(no_producer, 0, 3);
  const RequestId b = s.table.append(no_producer, 0, 2);
  const Index before = s.table.replica->last();
  s.settle();
  EXPECT_EQ(s.table.replica->last(), before + 1);
  EXPECT_EQ(s.offset_of(a), 0u);
  EXPECT_EQ(s.offset_of(b), 3u);
}

TEST(ClientRules, P3ARepetitionGetsTheOffsetOfTheFirstTime) {
  Service s;
  const ProducerId producer = s.registered();
  const RequestId first = s.table.append(producer, 1, 2);
  const RequestId open = s.table.append(producer, 1, 2);  // still in the open batch
  s.table.step([](Replica& replica) { replica.seal(); });
  const RequestId undecided = s.table.append(producer, 1, 2);
  EXPECT_FALSE(s.table.answer_to(undecided));
  s.settle();
  const RequestId decided = s.table.append(producer, 1, 2);
  for (const RequestId request : {first, open, undecided, decided}) EXPECT_EQ(s.offset_of(request), 0u);
  EXPECT_EQ(s.table.replica->decided_state().next_offset(), 2u);
}

TEST(ClientRules, P4AGroupWhosePlaceIsForgottenIsNotAcknowledgedBeforeItIsDecided) {
  Service s({.producers_max = 9, .groups_per_producer_max = 2, .groups_max = 9});
  const ProducerId producer = s.registered();
  for (Sequence sequence = 1; sequence <= 3; ++sequence) s.table.append(producer, sequence);
  EXPECT_EQ(s.table.refusal_of(s.table.append(producer, 1)), ErrorCode::unknown);
  s.settle();
  const RequestId repeated = s.table.append(producer, 1);
  ASSERT_TRUE(s.table.answer_to(repeated));
  EXPECT_FALSE(std::get<AppendDone>(*s.table.answer_to(repeated)).offset);
}

TEST(ClientRules, P3AGapSaysWhatIsExpected) {
  Service s;
  const ProducerId producer = s.registered();
  s.table.append(producer, 1);
  const RequestId gap = s.table.append(producer, 3);
  s.confirm();
  EXPECT_EQ(s.table.refusal_of(gap), ErrorCode::sequence_gap);
  EXPECT_EQ(std::get<Refused>(*s.table.answer_to(gap)).expected, 2u);
}

TEST(ClientRules, P3AGapThatIsClosedMeanwhileIsToBeRepeated) {
  Service s;
  const ProducerId producer = s.registered();
  const RequestId gap = s.table.append(producer, 2);
  s.table.append(producer, 1);
  s.confirm();
  EXPECT_EQ(s.table.refusal_of(gap), ErrorCode::retry);
}

TEST(ClientRules, P3WhatIsStoredMeanwhileIsAcknowledged) {
  Service s;
  const ProducerId producer = s.registered();
  const RequestId early = s.table.append(producer, 2);
  s.table.append(producer, 1);
  s.table.append(producer, 2);
  s.confirm();
  EXPECT_FALSE(s.table.answer_to(early));
  s.settle();
  EXPECT_EQ(s.offset_of(early), 1u);
}

TEST(ClientRules, P3AnAppendInDoubtThatNobodyConfirmsIsToBeRepeated) {
  Service s;
  const RequestId request = s.table.append(ProducerId{999}, 1);
  s.table.end_round();  // nobody answered in it: the leader is suspended
  s.table.end_round();
  EXPECT_EQ(s.table.refusal_of(request), ErrorCode::retry);
}

TEST(ClientRules, P3AForgottenAppendInDoubtIsNotAnswered) {
  Service s;
  const RequestId request = s.table.append(ProducerId{999}, 1);
  s.table.step([request](Replica& replica) { replica.forget(request); });
  s.confirm();
  EXPECT_FALSE(s.table.answer_to(request));
}

TEST(ClientRules, P3TooManyAppendsInDoubtAreBusy) {
  Service s;
  for (std::size_t i = 0; i < doubtful_appends_max; ++i) s.table.append(ProducerId{999}, 1);
  EXPECT_EQ(s.table.refusal_of(s.table.append(ProducerId{999}, 1)), ErrorCode::busy);
}

TEST(ClientRules, L12WhoStopsAnswersTheAppendsInDoubt) {
  Service s;
  const RequestId request = s.table.append(ProducerId{999}, 1);
  s.table.step([](Replica& replica) { replica.give_up(); });
  EXPECT_EQ(s.table.refusal_of(request), ErrorCode::retry);
}

TEST(ClientRules, P3AnUnknownProducerIsRefused) {
  Service s;
  const RequestId request = s.table.append(ProducerId{999}, 1);
  s.confirm();
  EXPECT_EQ(s.table.refusal_of(request), ErrorCode::unknown_producer);
}

// It may have been deposed, and the producer registered elsewhere: for the client that answer would be final.
TEST(ClientRules, P3AnUnknownProducerIsNotRefusedBeforeAMajorityConfirmsTheLeader) {
  Service s;
  const RequestId request = s.table.append(ProducerId{999}, 1);
  EXPECT_FALSE(s.table.answer_to(request));
  s.table.hear(n1, Prepare{.ballot = ballot(9, n1), .last_ballot = {}, .last = 0, .decided = 0});
  EXPECT_EQ(s.table.refusal_of(request), ErrorCode::retry);
}

TEST(ClientRules, L12AnOpenBatchThatTheLeaderCannotCloseAnyMoreIsNotStored) {
  Service s;
  const RequestId request = s.table.append(no_producer, 0);
  s.table.hear(n1, Prepare{.ballot = ballot(9, n1), .last_ballot = {}, .last = 0, .decided = 0});
  EXPECT_EQ(s.table.refusal_of(request), ErrorCode::retry);
  EXPECT_EQ(s.table.replica->tail_state().next_offset(), 0u);
}

TEST(ClientRules, L12ADeposedLeaderStillLearnsTheTruth) {
  Service s;
  const RequestId request = s.table.append(no_producer, 0);
  s.table.step([](Replica& replica) { replica.seal(); });
  const Index index = s.table.replica->last();
  const Ballot own = s.table.replica->ballot_at(index), next = ballot(9, n1);
  s.table.hear(
      n1, Accept{.ballot = next, .entries = s.table.entries(index, own, {next}), .decided = 0, .read = 0});
  EXPECT_FALSE(s.table.answer_to(request));
  s.table.hear(
      n1,
      Accept{
          .ballot = next, .entries = s.table.entries(index + 1, next, {}), .decided = index + 1, .read = 0});
  ASSERT_TRUE(s.table.answer_to(request));
  EXPECT_TRUE(std::holds_alternative<AppendDone>(*s.table.answer_to(request)));
}

TEST(ClientRules, L12AnotherLeadersEntryInItsPlaceMeansRetry) {
  Service s;
  const RequestId request = s.table.append(no_producer, 0);
  s.table.step([](Replica& replica) { replica.seal(); });
  const Index index = s.table.replica->last();
  const Ballot next = ballot(9, n1);
  s.table.hear(n1,
               Accept{.ballot = next,
                      .entries = s.table.entries(index - 1, s.table.replica->ballot_at(index - 1), {next}),
                      .decided = index,
                      .read = 0});
  EXPECT_EQ(s.table.refusal_of(request), ErrorCode::retry);
}

TEST(ClientRules, L12ANodeThatStopsDoesNotKnowWhatBecomesOfIt) {
  Service s;
  const RequestId request = s.table.append(no_producer, 0);
  s.table.step([](Replica& replica) { replica.seal(); });
  s.table.step([](Replica& replica) { replica.give_up(); });
  EXPECT_EQ(s.table.refusal_of(request), ErrorCode::unknown);
}

TEST(ClientRules, P8AFollowerNamesTheLeaderThatItHasHeard) {
  Table table(n1, 3);
  const Ballot lead = ballot(2, n3);
  table.hear(
      n3,
      Accept{.ballot = lead, .entries = table.entries(5, ballot(1, n1), {lead}), .decided = 0, .read = 0});
  const RequestId request = table.append(no_producer, 0);
  EXPECT_EQ(table.refusal_of(request), ErrorCode::not_leader);
  EXPECT_EQ(std::get<Refused>(*table.answer_to(request)).leader, n3);
  EXPECT_EQ(table.replica->leader(), n3);
}

TEST(ClientRules, P8WithoutALeaderNobodyIsNamed) {
  Table table(n1, 3);
  EXPECT_EQ(table.replica->leader(), std::nullopt);
  EXPECT_EQ(table.refusal_of(table.append(no_producer, 0)), ErrorCode::no_leader);
}

TEST(ClientRules, P8ALeaderThatHearsNoMajoritySaysSo) {
  Service s;
  s.table.end_round();
  EXPECT_TRUE(s.table.replica->is_suspended());
  EXPECT_EQ(s.table.refusal_of(s.table.append(no_producer, 0)), ErrorCode::no_majority);
  EXPECT_EQ(s.table.replica->leader(), std::nullopt);
}

TEST(ClientRules, P8ALeavingNodeSaysSo) {
  Service s;
  s.table.step([](Replica& replica) { replica.stop_serving(); });
  EXPECT_EQ(s.table.refusal_of(s.table.append(no_producer, 0)), ErrorCode::leaving);
}

TEST(ClientRules, Q2AReadWaitsForAMajoritysEcho) {
  Service s;
  s.table.sent<Accept>();
  const RequestId read = s.table.ask([](Replica& replica, RequestId request) { replica.read(request); });
  const auto accept = s.table.sent_to<Accept>(n1);
  ASSERT_TRUE(accept && accept->read > 0);
  EXPECT_FALSE(s.table.answer_to(read));
  s.table.hear(n1, Accepted{.ballot = accept->ballot, .durable_match = 6, .match = 6, .read = accept->read});
  ASSERT_TRUE(s.table.answer_to(read));
  EXPECT_EQ(std::get<ReadDone>(*s.table.answer_to(read)).index, 6u);
}

TEST(ClientRules, Q2ANewLeaderReadsOnlyAfterItsFirstEntryIsDecided) {
  Table table(n3, 3);
  table.make_leader({n1, n2});
  const RequestId read = table.ask([](Replica& replica, RequestId request) { replica.read(request); });
  table.hear(n1, Accepted{.ballot = table.replica->promised(), .durable_match = 5, .match = 5, .read = 9});
  EXPECT_FALSE(table.answer_to(read));
}

TEST(ClientRules, Q2AForgottenReadIsNotAnswered) {
  Service s;
  s.table.sent<Accept>();
  const RequestId read = s.table.ask([](Replica& replica, RequestId request) { replica.read(request); });
  const auto accept = s.table.sent_to<Accept>(n1);
  s.table.step([read](Replica& replica) { replica.forget(read); });
  s.table.hear(n1, Accepted{.ballot = accept->ballot, .durable_match = 6, .match = 6, .read = accept->read});
  EXPECT_FALSE(s.table.answer_to(read));
}

TEST(ClientRules, Q2AFollowerAnswersOnceItHasWhatTheLeaderNamed) {
  Table table(n1, 3);
  const Ballot lead = ballot(2, n3);
  table.hear(
      n3,
      Accept{.ballot = lead, .entries = table.entries(5, ballot(1, n1), {lead}), .decided = 0, .read = 0});
  const RequestId read = table.ask([](Replica& replica, RequestId request) { replica.read(request); });
  const auto asked = table.sent_to<ReadIndexRequest>(n3);
  ASSERT_TRUE(asked);
  table.hear(n3, ReadIndexReply{.request = asked->request, .index = 6});
  EXPECT_FALSE(table.answer_to(read));
  table.hear(n3, Accept{.ballot = lead, .entries = table.entries(6, lead, {}), .decided = 6, .read = 0});
  EXPECT_TRUE(table.answer_to(read));
}

}  // namespace
}  // namespace bellwether::replication
