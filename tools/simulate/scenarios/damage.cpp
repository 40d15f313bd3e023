// A node that finds entries of its log damaged, and starts without them (consensus.md S6, T29).
#include "scenarios/questions.hpp"
#include "scenarios/stage.hpp"

namespace bellwether::simulation {
namespace {

void lose(Stage& stage, NodeId id, Index from) {
  if (stage.cluster.machine(id).is_running()) stage.cluster.crash(id);
  stage.cluster.damage(id, from);
}

void decide_entries(Stage& stage, NodeId leader, int count) {
  for (int i = 0; i < count; ++i) place_plain_entry(stage, leader);
  const Index last = stage.replica(leader).last();
  stage.wait_until([&] { return stage.replica(leader).decided() >= last; }, 6, "the entries are decided");
}

void expect_whole(Stage& stage, NodeId id, Index upto) {
  stage.wait_until([&] { return stage.replica(id).durable() >= upto && stage.replica(id).is_whole(); }, 20,
                   "the node has again what it had lost");
}

// T29, at a follower: of any part of its log, decided or not.
void a_follower_gets_back_what_it_has_lost(const Life& life) {
  Stage stage(shape_of(life, 3));
  const NodeId leader = stage.steady_leader();
  const NodeId follower = stage.other_than(leader);
  decide_entries(stage, leader, 10);
  const Index last = stage.cluster.machine(follower).disk.log().size();
  lose(stage, follower, 1 + life.seed % last);
  stage.expect_progress(10);
  stage.cluster.start(follower);
  stage.expect(!stage.replica(follower).is_whole(), "it knows that it has lost entries");
  expect_whole(stage, follower, last);
  stage.expect_progress(10);
}

// T29, at the leader: the others elect one of themselves, and the highest rank does not lead before it is whole.
void a_leader_that_has_lost_entries_comes_back_as_a_follower(const Life& life) {
  Stage stage(shape_of(life, 3));
  const NodeId leader = stage.steady_leader();
  decide_entries(stage, leader, 10);
  const Index last = stage.replica(leader).last();
  lose(stage, leader, last / 2);
  stage.cluster.start(leader);
  const NodeId next = stage.next_leader(20);
  stage.expect(next != leader, "another one leads");
  expect_whole(stage, leader, last);
  stage.expect_progress(10);
}

// T29, at a node that alone completes a majority: what it has lost was decided with its help, and the third one
// never had it.
void a_vote_without_the_lost_entries_is_not_given(const Life& life) {
  Stage stage(shape_of(life, 3), false);
  Cluster& cluster = stage.cluster;
  const NodeId leader = stage.steady_leader();
  const NodeId helper = stage.other_than(leader);
  const NodeId third{6 - number(leader) - number(helper)};
  cluster.crash(third);
  const Index before = stage.replica(leader).last();
  decide_entries(stage, leader, 5);
  cluster.run_for(rounds(2));  // the helper knows it
  const Index decided = stage.replica(helper).decided();
  stage.expect(decided >= before + 5, "both have the entries");
  cluster.crash(leader);
  lose(stage, helper, before + 1 + life.seed % 5);
  const Ticks start = cluster.now();
  cluster.start(helper);
  cluster.start(third);
  cluster.run_for(rounds(15));
  lose(stage, helper, before + 1);  // a restart does not make it forget that it has lost something
  cluster.start(helper);
  cluster.run_for(rounds(15));
  stage.expect(stage.changes_since(start) == 0, "nobody leads without the entries");
  cluster.start(leader);
  stage.wait_until([&] { return stage.changes_since(start) > 0; }, 20, "a leader is elected");
  expect_whole(stage, helper, decided);
  stage.clients.add_producer(4.0);
  stage.expect_progress(10);
}

// The third one has all that was lost: the promise hides nothing from it.
void a_vote_for_a_log_with_the_lost_entries_is_given(const Life& life) {
  Stage stage(shape_of(life, 3), false);
  Cluster& cluster = stage.cluster;
  const NodeId leader = stage.steady_leader();
  decide_entries(stage, leader, 5);
  cluster.run_for(rounds(2));  // all have everything
  const NodeId other = stage.other_than(leader);
  const Index last = stage.replica(other).last();
  lose(stage, other, 1 + life.seed % last);
  cluster.crash(leader);
  cluster.start(other);
  const NodeId next = stage.next_leader(20);
  stage.expect(next != other, "the one with the entries leads");
  expect_whole(stage, other, last);
  stage.clients.add_producer(4.0);
  stage.expect_progress(10);
}

// What it has lost was never decided, and the log of the next leader is shorter.
void entries_that_nobody_else_has_are_not_waited_for(const Life& life) {
  Stage stage(shape_of(life, 3), false);
  Cluster& cluster = stage.cluster;
  const NodeId old = stage.steady_leader();
  stage.cut_all_of(old, false);
  for (int i = 0; i < 100; ++i) place_plain_entry(stage, old);
  const Index last = stage.replica(old).last();
  stage.wait_until([&] { return stage.replica(old).durable() >= last; }, 6, "the old leader has the entries");
  lose(stage, old, last - 3);
  stage.next_leader(20);
  cluster.heal_all();
  cluster.start(old);
  stage.wait_until([&] { return stage.replica(old).is_whole(); }, 10,
                   "its log is more up to date than it was");
  stage.expect(stage.replica(old).last() < last, "and shorter");
  cluster.crash(stage.steady_leader());
  stage.clients.add_producer(4.0);
  stage.expect_progress(20);
}

// It had them back, but not yet the record that says so, when all stopped; and who gave them back is gone.
void a_node_that_has_all_again_finds_it_out_by_itself(const Life& life) {
  Stage stage(shape_of(life, 3), false);
  Cluster& cluster = stage.cluster;
  const NodeId leader = stage.steady_leader();
  const NodeId damaged = stage.other_than(leader);
  const NodeId behind{6 - number(leader) - number(damaged)};
  cluster.crash(behind);
  decide_entries(stage, leader, 5);
  const Index last = stage.replica(leader).last();
  lose(stage, damaged, last - life.seed % 4);
  cluster.start(damaged);
  stage.wait_until([&] { return stage.replica(damaged).durable() >= last; }, 20, "it has the entries again");
  cluster.crash(damaged, true, Crash::lose_all);
  stage.expect(cluster.machine(damaged).has_lost_entries(), "its disk still says that it lost some");
  cluster.crash(leader);
  cluster.start(damaged);
  cluster.start(behind);
  stage.next_leader(20);
  stage.clients.add_producer(4.0);
  stage.expect_progress(10);
}

// ---- decided entries that cannot be read any more

// Ten entries are decided, of which some cannot be read at one node any more.
struct Rot {
  Stage stage;
  Cluster& cluster = stage.cluster;
  NodeId leader;
  Index first = 0, last = 0;

  explicit Rot(const Life& life) : stage(shape_of(life, 3), false), leader(stage.steady_leader()) {
    first = stage.replica(leader).last() + 1 + life.seed % 4;
    decide_entries(stage, leader, 10);
    last = first + 3;
    cluster.run_for(rounds(2));  // all know it
  }
  void strike(NodeId id) {
    cluster.rot(id, first, last);
    cluster.read_back(id);
  }
  void expect_repaired(NodeId id) {
    stage.wait_until([&] { return cluster.machine(id).rotten.empty(); }, 20, "it has the entries again");
  }
};

void what_cannot_be_read_comes_from_the_others(const Life& life) {
  Rot rot(life);
  const NodeId id = life.seed % 2 == 0 ? rot.leader : rot.stage.other_than(rot.leader);
  rot.strike(id);
  rot.expect_repaired(id);
  rot.stage.clients.add_producer(4.0);
  rot.stage.expect_progress(10);
}

// Each of the others in turn is the one that cannot help.
void who_has_dropped_it_is_not_the_only_one_asked(const Life& life) {
  Rot rot(life);
  auto others = rot.stage.others(rot.leader);
  const NodeId dropper = others[life.seed % 2];
  rot.cluster.checkpoint(dropper);
  rot.cluster.compact(dropper, rot.stage.replica(dropper).decided());
  rot.stage.expect(rot.stage.replica(dropper).base() >= rot.last, "it has dropped the entries");
  rot.strike(rot.leader);
  rot.expect_repaired(rot.leader);
}

void a_leader_repairs_what_a_follower_lacks(const Life& life) {
  Rot rot(life);
  const NodeId behind = rot.stage.other_than(rot.leader);
  rot.cluster.crash(behind);
  rot.first = rot.stage.replica(rot.leader).last() + 1;
  decide_entries(rot.stage, rot.leader, 10);
  rot.last = rot.first + life.seed % 10;
  const Index all = rot.stage.replica(rot.leader).last();
  rot.cluster.rot(rot.leader, rot.first, rot.last);
  rot.cluster.start(behind);
  rot.stage.wait_until([&] { return rot.stage.replica(behind).decided() >= all; }, 30, "it catches up");
}

// One that promises nobody, or lies: the place of a decided entry is for that entry alone.
void another_entry_is_no_repair(const Life& life) {
  Rot rot(life);
  const NodeId id = rot.leader;
  const NodeId liar = rot.stage.other_than(id);
  rot.stage.cut_all_of(id, false);
  rot.strike(id);
  rot.cluster.run_for(rounds(1));
  EntryRange forged{.previous = rot.first - 1, .previous_ballot = {}, .end = rot.first + 1, .items = {}};
  Ballot other = rot.stage.replica(id).ballot_at(rot.first);
  other.round += 1;
  forged.items.push_back(make_entry(rot.first, other, 0, Noop{}));
  rot.cluster.step(id, [&](auto& replica) { replica.on_message(liar, Entries{forged}); });
  rot.cluster.heal_all();
  rot.expect_repaired(id);
}

// A deposed leader has them, and some more of its own, for which the new one begins at its decided index: it learns that
// they are decided from the leader alone, which cannot send them.
void a_copy_that_its_holder_does_not_know_as_decided_is_as_good(const Life& life) {
  Rot rot(life);
  const NodeId old = rot.leader;
  const NodeId next = rot.stage.others(old)[life.seed % 2];
  const NodeId third = rot.stage.others(old)[1 - life.seed % 2];
  rot.cluster.crash(third);
  rot.first = rot.stage.replica(old).last() + 1;
  for (int i = 0; i < 5; ++i) place_plain_entry(rot.stage, old);
  rot.last = rot.stage.replica(old).last();
  rot.stage.wait_until([&] { return rot.stage.replica(next).last() >= rot.last; }, 5,
                       "the next one has them");
  rot.stage.cut_all_of(old, false);
  for (int i = 0; i < 3; ++i) place_plain_entry(rot.stage, old);
  rot.stage.expect(rot.stage.replica(old).decided() < rot.first,
                   "the old leader does not know them as decided");
  rot.cluster.start(third);
  rot.stage.wait_until([&] { return rot.stage.replica(third).decided() > rot.last; }, 20, "they are decided");
  rot.cluster.run_for(rounds(2));
  rot.cluster.checkpoint(third);
  rot.cluster.compact(third, rot.stage.replica(third).decided());
  rot.strike(rot.stage.steady_leader(0));
  const Index all = rot.stage.replica(next).last();
  rot.cluster.heal_all();
  rot.stage.wait_until([&] { return rot.stage.replica(old).decided() >= all; }, 30,
                       "the old leader catches up");
}

// Its removal waits for a follower that lacks just what it alone can give.
void a_member_that_is_being_removed_is_asked_too(const Life& life) {
  Rot rot(life);
  const NodeId leaving = rot.stage.others(rot.leader)[life.seed % 2];
  const NodeId behind = rot.stage.others(rot.leader)[1 - life.seed % 2];
  rot.cluster.crash(behind);
  rot.first = rot.stage.replica(rot.leader).last() + 1;
  decide_entries(rot.stage, rot.leader, 10);
  rot.last = rot.stage.replica(rot.leader).decided();
  rot.stage.cut_all_of(leaving, false);
  rot.cluster.rot(rot.leader, rot.first, rot.last);
  rot.cluster.start(behind);
  rot.stage.clients.leave(leaving);
  const auto is_leaving = [&] { return !rot.stage.replica(rot.leader).tail_state().members().has(leaving); };
  rot.stage.wait_until(is_leaving, 20, "the leader begins to remove it");
  rot.cluster.heal_all();
  const Index all = rot.stage.replica(rot.leader).last();
  rot.stage.wait_until([&] { return rot.stage.replica(behind).decided() >= all; }, 40,
                       "the other one catches up");
}

}  // namespace

std::vector<Scenario> damage_scenarios() {
  return {
      {"damage", "T29", "a follower gets back what it has lost", a_follower_gets_back_what_it_has_lost},
      {"damaged-leader", "T29", "a leader that has lost entries comes back as a follower",
       a_leader_that_has_lost_entries_comes_back_as_a_follower},
      {"damaged-vote", "T29", "a vote without the lost entries is not given",
       a_vote_without_the_lost_entries_is_not_given},
      {"damaged-helper", "T29", "a vote for a log with the lost entries is given",
       a_vote_for_a_log_with_the_lost_entries_is_given},
      {"damaged-unnoticed", "T29", "a node that has all again finds it out by itself",
       a_node_that_has_all_again_finds_it_out_by_itself},
      {"damaged-longer", "T29", "entries that nobody else has are not waited for",
       entries_that_nobody_else_has_are_not_waited_for},
      {"rot", "S6", "what cannot be read any more comes from the others",
       what_cannot_be_read_comes_from_the_others},
      {"rot-dropped", "S6", "who has dropped it is not the only one asked",
       who_has_dropped_it_is_not_the_only_one_asked},
      {"rot-catch-up", "S6", "a leader repairs what a follower lacks",
       a_leader_repairs_what_a_follower_lacks},
      {"rot-forged", "S6", "another entry is no repair", another_entry_is_no_repair},
      {"rot-removal", "S6", "a member that is being removed is asked, too",
       a_member_that_is_being_removed_is_asked_too},
      {"rot-undecided", "S6", "a copy that its holder does not know as decided is as good",
       a_copy_that_its_holder_does_not_know_as_decided_is_as_good},
  };
}

}  // namespace bellwether::simulation
