// What clients see over a change of the leader (consensus.md T22, T23, T28).
#include <optional>

#include "checks/history.hpp"
#include "scenarios/stage.hpp"
#include "world/violation.hpp"

namespace bellwether::simulation {
namespace {

using replication::Answer;
using replication::AppendDone;
using replication::ReadDone;
using replication::Refused;
using replication::RegisterDone;
using replication::Replica;
using replication::RequestId;

using Heard = std::optional<Answer>;

void append(Stage& stage, NodeId at, ProducerId producer, Sequence sequence, Tag tag, Heard& heard) {
  const Group group{.producer = producer, .sequence = sequence, .count = 2, .bytes = 24};
  Question question;
  question.what = "append";
  question.tag = tag;
  question.producer = producer;
  question.sequence = sequence;
  question.ask = [group, messages = messages_with(tag, 2)](Replica& replica, RequestId request) {
    replica.append(request, group, messages);
  };
  question.hear = [&heard](const Answer& answer) { heard = answer; };
  stage.cluster.ask(at, std::move(question));
}

ProducerId register_at(Stage& stage, NodeId leader) {
  Heard heard;
  Question question;
  question.ask = [](Replica& replica, RequestId request) { replica.register_producer(request); };
  question.hear = [&heard](const Answer& answer) { heard = answer; };
  stage.cluster.ask(leader, std::move(question));
  stage.cluster.run_until([&] { return heard.has_value(); }, rounds(4));
  if (!heard || !std::holds_alternative<RegisterDone>(*heard)) stage.cluster.fail("not registered");
  return std::get<RegisterDone>(*heard).producer;
}

void a_group_that_is_repeated_after_a_failover_keeps_its_offset(const Life& life) {
  Stage stage(shape_of(life, 3), false);
  const NodeId leader = stage.steady_leader();
  const ProducerId producer = register_at(stage, leader);
  const Tag tag = stage.cluster.next_tag();
  Heard first;
  append(stage, leader, producer, 1, tag, first);
  stage.cluster.run_for(units(stage.cluster.random.between(0, 16)));  // undecided, decided, or not even there
  stage.cluster.crash(leader);
  stage.cluster.run_for(rounds(6));
  const NodeId next = stage.steady_leader(0);
  Heard repeated;
  append(stage, next, producer, 1, tag, repeated);
  stage.cluster.run_for(rounds(4));
  stage.expect(repeated && std::holds_alternative<AppendDone>(*repeated),
               "the repeated group is acknowledged");
  const PlacedAppend* placed = stage.cluster.history().find(tag);
  stage.expect(placed != nullptr, "the group is decided");
  stage.expect(std::get<AppendDone>(*repeated).offset == placed->offset,
               "the repetition has the offset of the first time");
  stage.expect(stage.replica(next).decided_state().next_offset() == placed->offset + 2,
               "the group is stored once");
}

void a_gap_and_an_unknown_producer_are_refused(const Life& life) {
  Stage stage(shape_of(life, 3), false);
  const NodeId leader = stage.steady_leader();
  const ProducerId producer = register_at(stage, leader);
  Heard gap, unknown;
  append(stage, leader, producer, 3, stage.cluster.next_tag(), gap);
  append(stage, leader, ProducerId{999'999}, 1, stage.cluster.next_tag(), unknown);
  stage.cluster.run_for(rounds(2));
  stage.expect(gap && std::holds_alternative<Refused>(*gap), "a gap is refused");
  stage.expect(std::get<Refused>(*gap).code == ErrorCode::sequence_gap, "as a sequence gap");
  stage.expect(std::get<Refused>(*gap).expected == 1, "the expected sequence is named");
  stage.expect(unknown && std::holds_alternative<Refused>(*unknown), "an unknown producer is refused");
  stage.expect(std::get<Refused>(*unknown).code == ErrorCode::unknown_producer, "as unknown");
}

// T28: what three producers placed in one entry is repeated singly at the next leader.
void groups_of_one_entry_are_remembered_singly(const Life& life) {
  Stage stage(shape_of(life, 3), false);
  const NodeId leader = stage.steady_leader();
  std::vector<ProducerId> producers;
  for (int i = 0; i < 3; ++i) producers.push_back(register_at(stage, leader));
  std::vector<Tag> tags;
  stage.cluster.step(leader, [&](Replica& replica) {
    for (const ProducerId producer : producers) {
      tags.push_back(stage.cluster.next_tag());
      const Group group{.producer = producer, .sequence = 1, .count = 2, .bytes = 24};
      stage.cluster.expect_answer_to(RequestId{1'000'000 + tags.back()}, leader, tags.back());
      replica.append(RequestId{1'000'000 + tags.back()}, group, messages_with(tags.back(), 2));
    }
    replica.seal();
  });
  stage.cluster.run_for(units(stage.cluster.random.between(0, 20)));
  stage.cluster.crash(leader);
  stage.cluster.run_for(rounds(6));
  const NodeId next = stage.steady_leader(0);
  std::vector<Heard> heard(3);
  for (std::size_t i = 0; i < 3; ++i) append(stage, next, producers[i], 1, tags[i], heard[i]);
  stage.cluster.run_for(rounds(4));
  for (const Heard& one : heard)
    stage.expect(one && std::holds_alternative<AppendDone>(*one), "each repeated group is acknowledged");
  stage.expect(stage.replica(next).decided_state().next_offset() == 6, "each group is stored once");
}

void a_deposed_leader_answers_no_read_that_could_be_stale(const Life& life) {
  Stage stage(shape_of(life, 3));
  const NodeId old = stage.steady_leader();
  stage.cut_all_of(old, false);
  Heard heard;
  Question question;
  question.has_to_be_answered = false;
  question.ask = [](Replica& replica, RequestId request) { replica.read(request); };
  question.hear = [&heard](const Answer& answer) { heard = answer; };
  stage.cluster.run_for(rounds(1));
  stage.cluster.ask(old, std::move(question));
  stage.cluster.run_for(rounds(8));
  stage.expect(!(heard && std::holds_alternative<ReadDone>(*heard)), "no stale read is answered");
}

void a_follower_reads_what_was_acknowledged_before(const Life& life) {
  Stage stage(shape_of(life, 3));
  const NodeId follower = stage.other_than(stage.steady_leader());
  Heard heard;
  Question question;
  question.floor = stage.cluster.checkers().read_floor();
  question.ask = [](Replica& replica, RequestId request) { replica.read(request); };
  question.hear = [&heard](const Answer& answer) { heard = answer; };
  stage.cluster.ask(follower, std::move(question));
  stage.cluster.run_for(rounds(3));
  stage.expect(heard && std::holds_alternative<ReadDone>(*heard), "the read is answered");
}

}  // namespace

std::vector<Scenario> client_scenarios() {
  return {
      {"retry-after-failover", "T22", "a group that is repeated after a failover keeps its offset",
       a_group_that_is_repeated_after_a_failover_keeps_its_offset},
      {"gap-and-stranger", "T22", "a gap and an unknown producer are refused",
       a_gap_and_an_unknown_producer_are_refused},
      {"groups-of-one-entry", "T28", "groups of one entry are remembered singly",
       groups_of_one_entry_are_remembered_singly},
      {"deposed-reader", "T23", "a deposed leader answers no read that could be stale",
       a_deposed_leader_answers_no_read_that_could_be_stale},
      {"follower-read", "", "a follower reads what was acknowledged before",
       a_follower_reads_what_was_acknowledged_before},
  };
}

}  // namespace bellwether::simulation
