// What clients that append see over a change of the leader (consensus.md P3, P4, L12, T22, T28).
#include <vector>

#include "checks/history.hpp"
#include "scenarios/questions.hpp"
#include "scenarios/stage.hpp"

namespace bellwether::simulation {
namespace {

using replication::AppendDone;
using replication::Refused;
using replication::Replica;

NodeId fail_over(Stage& stage, NodeId leader) {
  stage.cluster.crash(leader);
  stage.cluster.run_for(rounds(6));
  return stage.steady_leader(0);
}

void expect_stored_once(Stage& stage, Tag tag, const Heard& repeated, Offset total) {
  stage.expect(is_stored(repeated), "the repeated group is acknowledged");
  const PlacedAppend* placed = stage.cluster.history().find(tag);
  stage.expect(placed != nullptr, "the group is decided");
  stage.expect(std::get<AppendDone>(*repeated).offset == placed->offset,
               "the repetition has the offset of the first time");
  const NodeId leader = stage.cluster.settled_leader()->id;
  stage.expect(stage.replica(leader).decided_state().next_offset() == total, "each group is stored once");
}

void a_group_that_is_repeated_after_a_failover_keeps_its_offset(const Life& life) {
  Stage stage(shape_of(life, 3), false);
  const NodeId leader = stage.steady_leader();
  const ProducerId producer = register_at(stage, leader);
  const Tag tag = stage.cluster.next_tag();
  Heard first;
  append(stage, leader, producer, 1, tag, first);
  stage.cluster.run_for(units(stage.cluster.random.between(0, 16)));  // undecided, decided, or not even there
  const NodeId next = fail_over(stage, leader);
  Heard repeated;
  append(stage, next, producer, 1, tag, repeated);
  stage.cluster.run_for(rounds(4));
  expect_stored_once(stage, tag, repeated, 2);
}

// The others have the entry, but their answers never came, and the next leader's own entry takes a while.
void a_repeated_group_that_is_undecided_waits(const Life& life) {
  Stage stage(shape_of(life, 3), false);
  Cluster& cluster = stage.cluster;
  const NodeId leader = stage.steady_leader();
  const ProducerId producer = register_at(stage, leader);
  const auto others = stage.others(leader);
  cluster.run_for(rounds(1));  // else it may ask first what they have
  for (const NodeId other : others) cluster.cut_one_way(other, leader, false);
  const Tag tag = place_entry(stage, leader, {producer}).front();
  const Index index = stage.replica(leader).last();
  const auto has_it = [&](NodeId id) { return stage.replica(id).durable() >= index; };
  stage.wait_until([&] { return has_it(others[0]) && has_it(others[1]); }, 2, "the others have the entry");
  cluster.crash(leader);
  cluster.sync_time = {6, 12};
  const NodeId next = stage.next_leader(10);
  Heard repeated;
  append(stage, next, producer, 1, tag, repeated);
  cluster.run_for(units(5));
  stage.expect(stage.replica(next).decided() < index && !repeated, "it is asked again while undecided");
  cluster.run_for(rounds(4));
  expect_stored_once(stage, tag, repeated, 2);
}

void a_repeated_group_that_is_decided_is_answered_at_once(const Life& life) {
  Stage stage(shape_of(life, 3), false);
  const NodeId leader = stage.steady_leader();
  const ProducerId producer = register_at(stage, leader);
  const auto tags = append_all(stage, leader, producer, 1, 3);
  const NodeId next = fail_over(stage, leader);
  const Index last = stage.replica(next).last();
  Heard repeated;
  append(stage, next, producer, 2, tags[1], repeated);
  stage.cluster.run_for(units(2 * stage.cluster.shape.delay_max));
  expect_stored_once(stage, tags[1], repeated, 6);
  stage.expect(stage.replica(next).last() == last, "nothing is appended for it");
}

void an_old_group_is_stored_but_its_place_is_forgotten(const Life& life) {
  Shape shape = shape_of(life, 3);
  shape.producer_limits = {.producers_max = 10, .groups_per_producer_max = 4, .groups_max = 20};
  Stage stage(shape, false);
  const NodeId leader = stage.steady_leader();
  const ProducerId producer = register_at(stage, leader);
  const auto tags = append_all(stage, leader, producer, 1, 7);
  const NodeId next = fail_over(stage, leader);
  Heard forgotten, remembered;
  append(stage, next, producer, 3, tags[2], forgotten);
  append(stage, next, producer, 4, tags[3], remembered);
  stage.cluster.run_for(rounds(2));
  stage.expect(is_stored(forgotten), "the old group is acknowledged");
  stage.expect(!std::get<AppendDone>(*forgotten).offset, "without a place");
  expect_stored_once(stage, tags[3], remembered, 14);
}

void a_gap_and_an_unknown_producer_are_refused(const Life& life) {
  Stage stage(shape_of(life, 3), false);
  const NodeId leader = stage.steady_leader();
  const ProducerId producer = register_at(stage, leader);
  append_all(stage, leader, producer, 1, 2);
  const NodeId next = fail_over(stage, leader);
  Heard gap, unknown;
  append(stage, next, producer, 5, stage.cluster.next_tag(), gap);
  append(stage, next, ProducerId{999'999}, 1, stage.cluster.next_tag(), unknown);
  stage.cluster.run_for(rounds(2));
  stage.expect(refusal(gap) == ErrorCode::sequence_gap, "a gap is refused");
  stage.expect(std::get<Refused>(*gap).expected == 3, "the expected sequence is named");
  stage.expect(refusal(unknown) == ErrorCode::unknown_producer, "an unknown producer is refused");
}

void a_producer_that_was_forgotten_is_unknown(const Life& life) {
  Shape shape = shape_of(life, 3);
  shape.producer_limits = {.producers_max = 2, .groups_per_producer_max = 4, .groups_max = 8};
  Stage stage(shape, false);
  const NodeId leader = stage.steady_leader();
  const ProducerId first = register_at(stage, leader), second = register_at(stage, leader);
  append_all(stage, leader, second, 1, 1);
  const Tag tag = append_all(stage, leader, first, 1, 1).front();
  register_at(stage, leader);  // and the second is the one that was active least recently
  const NodeId next = fail_over(stage, leader);
  Heard unknown, repeated;
  append(stage, next, second, 2, stage.cluster.next_tag(), unknown);
  append(stage, next, first, 1, tag, repeated);
  stage.cluster.run_for(rounds(2));
  stage.expect(refusal(unknown) == ErrorCode::unknown_producer, "the forgotten producer is unknown");
  expect_stored_once(stage, tag, repeated, 4);
}

// T28: what three producers placed in one entry is repeated singly at the next leader.
void groups_of_one_entry_are_remembered_singly(const Life& life) {
  Stage stage(shape_of(life, 3), false);
  const NodeId leader = stage.steady_leader();
  std::vector<ProducerId> producers;
  for (int i = 0; i < 3; ++i) producers.push_back(register_at(stage, leader));
  const auto tags = place_entry(stage, leader, producers);
  stage.cluster.run_for(units(stage.cluster.random.between(0, 20)));
  const NodeId next = fail_over(stage, leader);
  std::vector<Heard> heard(3);
  for (std::size_t i = 0; i < 3; ++i) append(stage, next, producers[i], 1, tags[i], heard[i]);
  stage.cluster.run_for(rounds(4));
  for (std::size_t i = 0; i < 3; ++i) expect_stored_once(stage, tags[i], heard[i], 6);
}

// With more groups in flight than are remembered, a forgotten one need not be decided (P4).
void a_forgotten_place_doesnt_mean_that_the_group_is_decided(const Life& life) {
  Shape shape = quick(shape_of(life, 3));  // to be done before the leader misses the others' answers
  shape.producer_limits = {.producers_max = 10, .groups_per_producer_max = 2, .groups_max = 20};
  Stage stage(shape, false);
  Cluster& cluster = stage.cluster;
  const NodeId leader = stage.steady_leader();
  const ProducerId producer = register_at(stage, leader);
  for (const NodeId other : stage.others(leader)) cluster.cut_one_way(other, leader, false);
  const Tag tag = place_entry(stage, leader, {producer}).front();
  std::vector<Heard> heard(4);
  for (std::size_t i = 0; i < 4; ++i) {
    append(stage, leader, producer, i + 2, cluster.next_tag(), heard[i]);
    cluster.run_for(units(1));
  }
  Heard repeated;
  append(stage, leader, producer, 1, tag, repeated);
  cluster.run_for(units(2));
  stage.expect(!is_stored(repeated), "the repeated group is not acknowledged while it is undecided");
  cluster.heal_all();
  cluster.run_for(rounds(3));
  Heard again;
  append(stage, leader, producer, 1, tag, again);
  cluster.run_for(rounds(1));
  stage.expect(is_stored(again), "it is acknowledged once it is decided");
}

// It has not missed a heartbeat round yet, and doesn't know of what was registered and stored since.
void a_deposed_leader_refuses_nothing_for_good(const Life& life) {
  Stage stage(quick(shape_of(life, 3)), false);
  stage.cluster.sync_time = {0.1, 0.5};
  const NodeId old = stage.steady_leader();
  const ProducerId known = register_at(stage, old);
  append_all(stage, old, known, 1, 2);
  stage.cut_all_of(old, true);
  const NodeId next = stage.next_leader(2);
  append_all(stage, next, known, 3, 5);
  const ProducerId unknown = register_at(stage, next);
  Heard gap, stranger;
  append(stage, old, known, 6, stage.cluster.next_tag(), gap);
  append(stage, old, unknown, 1, stage.cluster.next_tag(), stranger);
  stage.cluster.run_for(rounds(4));
  stage.expect(gap && refusal(gap) != ErrorCode::sequence_gap, "it names no gap");
  stage.expect(stranger && refusal(stranger) != ErrorCode::unknown_producer, "it calls no producer unknown");
}

// Three entries of the leader are on the keeper's disk alone. They are rewritten, and it leads again, so that its
// open batch will stand at the third one's place. Returns who rewrote them.
NodeId lead_again_with_a_shorter_log(Stage& stage, NodeId leader, std::vector<NodeId> rest) {
  Cluster& cluster = stage.cluster;
  const Index rewritten = stage.replica(leader).last() - 2;
  cluster.connect_only({{rest[0], rest[1], rest[2]}});
  const NodeId second = stage.next_leader(6, [&](NodeId id) { cluster.connect_only({{leader, id}}); });
  std::erase(rest, second);
  stage.wait_until([&] { return stage.replica(leader).last() == rewritten; }, 4, "its log is rewritten");
  cluster.connect_only({{leader, rest[0]}, {leader, rest[1]}});
  const NodeId third = stage.next_leader(6, [&](NodeId) { cluster.connect_only({}); });
  stage.expect(third == leader && stage.replica(leader).last() == rewritten + 1, "it leads again");
  return second;
}

// L12. The leader's third entry in its first ballot and its open batch in the next one stand at the same place.
// It gives the batch up, but the entry is on the keeper's disk.
void an_open_batch_takes_nobody_else_with_it(const Life& life) {
  Stage stage(shape_of(life, 5), false);
  Cluster& cluster = stage.cluster;
  const NodeId leader = stage.steady_leader();
  const auto others = stage.others(leader);
  const NodeId keeper = others[life.seed % 4];
  cluster.connect_only({{leader, keeper}});
  place_plain_entry(stage, leader);
  place_plain_entry(stage, leader);
  const Tag tag = place_plain_entry(stage, leader);
  const Index last = stage.replica(leader).last();
  stage.wait_until([&] { return stage.replica(keeper).durable() == last; }, 2, "the keeper has them");
  std::vector<NodeId> rest = others;
  std::erase(rest, keeper);
  const NodeId second = lead_again_with_a_shorter_log(stage, leader, rest);
  std::erase(rest, second);
  Heard given_up;
  append(stage, leader, no_producer, 0, cluster.next_tag(), given_up);
  stage.wait_until([&] { return stage.replica(leader).has_open_batch() || given_up; }, 1, "it is asked");
  stage.let_promise_in_vain(leader, second);
  cluster.crash(leader);
  cluster.connect_only({{keeper, rest[0]}, {keeper, rest[1]}});
  stage.expect(stage.next_leader(8) == keeper, "the keeper leads");
  stage.wait_until([&] { return cluster.history().find(tag) != nullptr; }, 4, "the third entry is decided");
}

}  // namespace

std::vector<Scenario> client_scenarios() {
  return {
      {"retry-after-failover", "T22", "a group that is repeated after a failover keeps its offset",
       a_group_that_is_repeated_after_a_failover_keeps_its_offset},
      {"retry-of-undecided", "T22", "a repeated group that is undecided waits",
       a_repeated_group_that_is_undecided_waits},
      {"retry-of-decided", "T22", "a repeated group that is decided is answered at once",
       a_repeated_group_that_is_decided_is_answered_at_once},
      {"retry-of-old", "T22", "an old group is stored but its place is forgotten",
       an_old_group_is_stored_but_its_place_is_forgotten},
      {"gap-and-stranger", "T22", "a gap and an unknown producer are refused",
       a_gap_and_an_unknown_producer_are_refused},
      {"forgotten-producer", "T22", "a producer that was forgotten is unknown",
       a_producer_that_was_forgotten_is_unknown},
      {"groups-of-one-entry", "T28", "groups of one entry are remembered singly",
       groups_of_one_entry_are_remembered_singly},
      {"forgotten-place", "", "a forgotten place doesn't mean that the group is decided",
       a_forgotten_place_doesnt_mean_that_the_group_is_decided},
      {"final-refusal", "", "a deposed leader refuses nothing for good",
       a_deposed_leader_refuses_nothing_for_good},
      {"open-batch", "", "an open batch takes nobody else with it", an_open_batch_takes_nobody_else_with_it},
  };
}

}  // namespace bellwether::simulation
