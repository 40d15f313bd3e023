// A forced recovery: a stopped node becomes a cluster of its own, beside what is left of the former one (consensus.md
// F1 to F3, T26).
#include <algorithm>

#include "scenarios/questions.hpp"
#include "scenarios/stage.hpp"

namespace bellwether::simulation {
namespace {

bool is_leading_alone(Stage& stage, NodeId id) {
  const Machine& machine = stage.cluster.machine(id);
  return machine.is_leading() && machine.replica->tail_state().members().voters() == std::vector{id};
}

void join_and_catch_up(Stage& stage) {
  const auto before = stage.cluster.history().members().voters().size();
  stage.clients.join();
  stage.wait_until([&] { return stage.cluster.history().members().voters().size() > before; }, 40,
                   "a new member gets a vote");
}

// Its directory is set aside, and it joins the other cluster from the same address.
NodeId rejoin(Stage& from, NodeId id, Stage& to) {
  const std::string address = from.cluster.machine(id).members_in_force().find(id)->address;
  from.cluster.retire(id);
  NodeId next = nobody;
  to.clients.join(0, address, {}, false, [&next](NodeId joined) { next = joined; });
  to.wait_until([&] { return next != nobody; }, 30, "it gets an id");
  from.cluster.lead_elsewhere(id, to.cluster, next);
  to.wait_until([&] { return to.cluster.history().members().voters().contains(next); }, 40, "it gets a vote");
  return next;
}

// Every address leads to the other cluster for a while: those of the members, of a joiner and of one that comes back.
void two_clusters_and_a_joiner_with_the_wrong_id_never_mix(const Life& life) {
  Stage one(shape_of(life, 3));
  Shape shape = shape_of(life, 3);
  shape.identity.cluster = "another";
  shape.identity.key = "another secret";
  Stage other(shape, one);
  one.steady_leader();
  other.steady_leader();
  one.clients.join();
  one.wait_until([&] { return one.cluster.machines().contains(NodeId{4}); }, 20, "the joiner gets its id");
  for (std::uint64_t i = 1; i <= 3; ++i) {
    one.cluster.lead_elsewhere(NodeId{i}, other.cluster, NodeId{1 + (i + life.seed) % 3});
    other.cluster.lead_elsewhere(NodeId{i}, one.cluster, NodeId{1 + (i * 2 + life.seed) % 4});
  }
  const NodeId away{1 + life.seed % 3};
  one.cluster.crash(away);
  one.cluster.run_for(rounds(3));
  one.cluster.start(away);
  one.cluster.run_for(rounds(10));
  one.expect(one.cluster.totals.strangers > 0 && other.cluster.totals.strangers > 0, "strangers are refused");
  for (std::uint64_t i = 1; i <= 3; ++i) {
    one.cluster.lead_home(NodeId{i});
    other.cluster.lead_home(NodeId{i});
  }
  one.expect_progress(10);
  other.expect_progress(10);
  one.wait_until([&] { return one.cluster.history().members().voters().size() == 4; }, 40,
                 "the joiner votes");
  other.expect(other.cluster.history().members().all.size() == 3, "the other cluster has its three members");
}

// Both give out the same ids, and the three that were away are a majority of the former cluster: three clusters, all of
// which know each other's addresses.
void two_survivors_that_were_both_forced_never_mix(const Life& life) {
  Stage former(shape_of(life, 5));
  const NodeId leader = former.steady_leader();
  const auto order = former.cluster.random.sample(former.others(leader), 4);
  for (const NodeId id : {leader, order[0], order[1]}) former.cluster.crash(id);
  former.cluster.run_for(rounds(static_cast<double>(life.seed % 5)));
  Stage first(former, order[2]);
  Stage second(former, order[3]);
  first.expect_progress(10);
  second.expect_progress(10);
  join_and_catch_up(first);
  join_and_catch_up(second);
  for (const NodeId id : {leader, order[0], order[1]}) former.cluster.start(id);
  former.expect_progress(20);
  first.expect_progress(10);
  second.expect_progress(10);
  first.expect(first.cluster.totals.strangers > 0, "the first survivor hears strangers");
  second.expect(second.cluster.totals.strangers > 0, "the second survivor hears strangers");
}

// The first member that joined one of them gives that up for the other one, which gives it the same id: the first still
// calls there.
void an_id_and_an_address_are_no_proof(const Life& life) {
  Stage former(shape_of(life, 3));
  former.steady_leader();
  former.cluster.crash(NodeId{3});
  former.cluster.run_for(rounds(static_cast<double>(life.seed % 5)));
  Stage first(former, NodeId{1});
  Stage second(former, NodeId{2});
  for (int i = 0; i < 3; ++i) {  // so that its ballots are above those of the second one
    first.cluster.crash(NodeId{1});
    first.cluster.start(NodeId{1});
    first.expect_progress(10);
  }
  join_and_catch_up(first);
  first.expect_progress(10);
  const NodeId joined = first.other_than(NodeId{1});
  const NodeId again = rejoin(first, joined, second);
  second.expect(again == joined, "both give out the same id");
  second.expect_progress(10);
  second.cluster.run_for(rounds(10));
  second.expect(second.cluster.totals.strangers > 0, "it hears the first cluster");
  first.clients.leave(joined);
  first.expect_progress(20);
  second.expect_progress(10);
}

// The leader of two dies with entries that it alone has; both sides go on where they were.
void the_last_one_of_two_goes_on_alone(const Life& life) {
  Stage former(shape_of(life, 2));
  const NodeId leader = former.steady_leader();
  const NodeId survivor = former.other_than(leader);
  former.cluster.crash(leader);
  former.cluster.run_for(rounds(3));
  const Index last = former.cluster.machine(survivor).replica->last();
  Stage next(former, survivor);
  next.expect_progress(6);
  next.expect(is_leading_alone(next, survivor), "it leads alone");
  next.expect(next.replica(survivor).last() > last, "it has kept its log");
  former.clients.stop();
  next.clients.take_over(former.clients, true, 4.0);
  for (int i = 0; i < 2; ++i) join_and_catch_up(next);
  next.expect_progress(6);
  next.cluster.run_for(rounds(15));
  next.cluster.check_all_answered();
}

// A member that was away comes back, finds strangers, and waits: with all that it alone has.
void a_member_that_comes_back_stays_what_it_was(const Life& life) {
  Stage former(shape_of(life, 2));
  const NodeId leader = former.steady_leader();
  const NodeId survivor = former.other_than(leader);
  former.cluster.crash(leader);
  Stage next(former, survivor);
  next.expect_progress(6);
  const Index decided = former.cluster.history().last();
  former.cluster.start(leader);
  for (int i = 0; i < 4; ++i) {
    former.cluster.run_for(rounds(6));
    former.cluster.crash(leader);
    former.cluster.start(leader);
  }
  former.expect(former.cluster.history().last() == decided, "it decides nothing alone");
  former.expect(!former.replica(leader).is_removed(), "nobody tells it that it is removed");
  former.expect(former.replica(leader).last() >= decided, "it keeps what it has");
  next.expect(next.cluster.totals.strangers > 0, "it is refused");
  next.expect_progress(6);
  next.expect(is_leading_alone(next, survivor), "the survivor leads alone");
}

void a_member_that_joins_anew_is_a_new_member(const Life& life) {
  Stage former(shape_of(life, 3));
  const NodeId leader = former.steady_leader();
  const auto others = former.others(leader);
  former.cluster.crash(leader);
  former.cluster.crash(others[0]);
  former.cluster.run_for(rounds(static_cast<double>(life.seed % 4)));
  Stage next(former, others[1]);
  next.expect_progress(6);
  former.cluster.start(others[0]);
  former.cluster.run_for(rounds(3));
  rejoin(former, others[0], next);
  former.cluster.start(leader);
  next.cluster.run_for(rounds(3));
  rejoin(former, leader, next);
  next.expect(next.cluster.history().members().voters().size() == 3, "three vote");
  for (const auto& [id, member] : next.cluster.history().members().all)
    next.expect(id == others[1] || id > NodeId{3}, "no id is given again");
  next.cluster.crash(others[1]);
  next.expect_progress(10);
}

// The operator was wrong: the others have a majority, and what the survivor held was overwritten there.
void a_majority_goes_on_beside_one_that_was_forced(const Life& life) {
  Stage former(shape_of(life, 3));
  const NodeId old = former.steady_leader();
  former.cut_all_of(old, false);
  const auto count = 1 + life.seed % 6;
  for (std::uint64_t i = 0; i < count; ++i) place_plain_entry(former, old);
  const Index last = former.replica(old).last();
  former.wait_until([&] { return former.replica(old).durable() >= last; }, 6, "its disk has the entries");
  former.next_leader(20);
  former.expect_progress(10);
  Stage next(former, old);
  former.cluster.heal_all();
  next.expect(next.cluster.history().last() > last, "what it alone had is decided now");
  former.expect_progress(10);
  next.expect_progress(10);
  join_and_catch_up(next);
  former.cluster.crash(former.steady_leader());
  former.cluster.run_for(rounds(10));
  former.expect(former.cluster.leaders().size() <= 1, "one is left of the former cluster");
  next.expect_progress(10);
}

// What was acknowledged and is lost: its producers come with all they ever sent, or go on behind it. Whatever the new
// cluster holds is stored once; and whoever was registered since the survivor stopped is unknown.
void producers_of_the_former_cluster_get_true_answers(const Life& life) {
  Stage former(shape_of(life, 3));
  const NodeId leader = former.steady_leader();
  const NodeId survivor = former.other_than(leader);
  former.cluster.run_for(rounds(static_cast<double>(life.seed % 7)));
  former.cluster.crash(survivor);
  former.add_producers();  // of which the survivor never hears
  former.expect_progress(10);
  former.cluster.run_for(rounds(10));
  for (const NodeId id : former.others(survivor)) former.cluster.crash(id);
  former.clients.stop();
  Stage next(former, survivor);
  next.expect(former.cluster.history().last() > next.cluster.history().last(), "something is lost");
  const bool repeats_all = life.seed % 2 == 0;
  next.clients.take_over(former.clients, repeats_all, 4.0);
  next.expect_progress(10);
  const auto is_stored_again = [&](const Producer& producer) {
    const auto has = [&](const auto& sent) { return next.cluster.history().find(sent.second) != nullptr; };
    return !next.cluster.history().knows_producer(producer.id) || std::ranges::all_of(producer.tags, has);
  };
  const auto& known = former.clients.producers();
  if (repeats_all)
    next.wait_until([&] { return std::ranges::all_of(known, is_stored_again); }, 60, "all is stored again");
  next.cluster.run_for(rounds(15));
  next.cluster.check_all_answered();
}

// Registered in the former cluster after the survivor stopped, at the indexes that the new one gives out anew.
void no_producer_id_is_given_again(const Life& life) {
  Stage former(shape_of(life, 3), false);
  former.clients.add_producer(4.0);
  const NodeId survivor = former.other_than(former.steady_leader());
  former.cluster.crash(survivor);
  former.cluster.run_for(rounds(2));
  for (int i = 0; i < 20; ++i) former.clients.add_producer(20.0);
  former.cluster.run_for(rounds(8));
  for (const NodeId id : former.others(survivor)) former.cluster.crash(id);
  former.clients.stop();
  Stage next(former, survivor);
  for (int i = 0; i < 20; ++i) next.clients.add_producer(20.0);
  next.clients.take_over(former.clients, false, 8.0);
  next.expect_progress(10);
  next.cluster.run_for(rounds(15));
  next.expect(next.cluster.history().last() > former.cluster.history().last(), "the indexes meet");
}

// Its removal is begun, and it has that entry when all is lost. As a leader of its own it would hear that it is removed,
// from whoever catches up and has not got as far as the reset.
void who_is_being_removed_is_no_survivor(const Life& life) {
  Stage former(shape_of(life, 2));
  const NodeId leader = former.steady_leader();
  const NodeId other = former.other_than(leader);
  former.clients.leave(other);
  const auto knows = [&] {  // by the entry, or since it was told
    return !former.replica(other).tail_state().members().has(other) || former.replica(other).is_removed();
  };
  former.wait_until(knows, 20, "it hears of its removal");
  former.cluster.crash(leader);
  former.cluster.crash(other, true, Crash::keep_all);
  former.expect(!former.cluster.can_recover(other), "it is refused");
}

// Twice, with a log of which only the end is kept; and each time the new members get all of it.
void a_recovered_cluster_can_be_recovered_again(const Life& life) {
  Stage former(shape_of(life, 3));
  const NodeId leader = former.steady_leader();
  const NodeId survivor = former.other_than(leader);
  former.cluster.run_for(rounds(4));
  former.cluster.checkpoint(survivor);
  former.cluster.compact(survivor, former.replica(survivor).decided());
  former.cluster.run_for(rounds(static_cast<double>(life.seed % 3)));
  for (const NodeId id : former.others(survivor)) former.cluster.crash(id);
  Stage next(former, survivor);
  join_and_catch_up(next);
  next.expect_progress(10);
  const NodeId joined = next.other_than(survivor);
  next.cluster.checkpoint(joined);
  next.cluster.compact(joined, next.replica(joined).decided());
  next.cluster.run_for(rounds(2));
  next.cluster.crash(survivor);
  Stage last(next, joined);
  join_and_catch_up(last);
  next.cluster.start(survivor);
  for (const NodeId id : former.others(survivor)) former.cluster.start(id);
  last.expect_progress(10);
  former.expect_progress(20);
  last.expect(last.cluster.history().epoch_at(last.cluster.history().last()) == 2,
              "it is the second recovery");
}

}  // namespace

std::vector<Scenario> recovery_scenarios() {
  return {
      {"two-clusters", "T26", "two clusters and a joiner with the wrong id never mix",
       two_clusters_and_a_joiner_with_the_wrong_id_never_mix},
      {"two-survivors", "T26", "two survivors that were both forced never mix",
       two_survivors_that_were_both_forced_never_mix},
      {"same-id", "T26", "an id and an address are no proof", an_id_and_an_address_are_no_proof},
      {"last-of-two", "F1", "the last one of two goes on alone", the_last_one_of_two_goes_on_alone},
      {"returning-member", "F3", "a member that comes back stays what it was",
       a_member_that_comes_back_stays_what_it_was},
      {"rejoined-member", "F3", "a member that joins anew is a new member",
       a_member_that_joins_anew_is_a_new_member},
      {"wrong-survivor", "F3", "a majority goes on beside one that was forced",
       a_majority_goes_on_beside_one_that_was_forced},
      {"lost-appends", "F2", "producers of the former cluster get true answers",
       producers_of_the_former_cluster_get_true_answers},
      {"producer-epoch", "F1", "no producer id is given again", no_producer_id_is_given_again},
      {"removed-survivor", "F1", "who is being removed is no survivor", who_is_being_removed_is_no_survivor},
      {"recovered-again", "F1", "a recovered cluster can be recovered again",
       a_recovered_cluster_can_be_recovered_again},
  };
}

}  // namespace bellwether::simulation
