// What becomes of entries that a change of leaders leaves behind (consensus.md T11 to T14, T29, T30).
#include <algorithm>

#include "checks/history.hpp"
#include "scenarios/questions.hpp"
#include "scenarios/stage.hpp"

namespace bellwether::simulation {
namespace {

Shape in_chunks_of_one_entry(Shape shape) {
  shape.chunk_entries = 1;
  return shape;
}

constexpr double hangs = 1e6;  // a disk that is so slow

// A sync may be under way that began before the entry was there.
void sync_upto(Stage& stage, NodeId id, Index index) {
  const Machine& machine = stage.cluster.machine(id);
  while (machine.disk.syncing() && machine.disk.log().size() < index) stage.cluster.finish_sync_now(id);
}

void place_entries(Stage& stage, NodeId leader, int count) {
  for (int i = 0; i < count; ++i) place_plain_entry(stage, leader);
}

// The third one and what its follower had not synced of it are gone.
void let_the_second_leader_win(Stage& stage, NodeId second, NodeId third, NodeId follower) {
  Cluster& cluster = stage.cluster;
  cluster.crash(third);
  cluster.crash(follower, true, Crash::lose_all);
  cluster.machine(follower).slowness = 1;
  cluster.start(follower);
  cluster.connect_only({{second, follower}});
  stage.next_leader(20);
  cluster.run_for(rounds(2));
}

// T11. When the first leader's entry is on two of three disks, in a ballot that is not its leader's any more,
// the second leader, with another entry there, can still win.
void an_entry_of_an_earlier_ballot_is_not_decided_by_counting(const Life& life) {
  Stage stage(in_chunks_of_one_entry(shape_of(life, 3)), false);
  Cluster& cluster = stage.cluster;
  const NodeId first = stage.steady_leader();
  stage.cut_all_of(first, false);
  const Tag tag = place_plain_entry(stage, first);
  const Index index = stage.replica(first).last();
  const NodeId second = stage.next_leader(20, [&](NodeId next) { stage.cut_all_of(next, false); });
  const NodeId witness{6 - number(first) - number(second)};
  cluster.connect_only({{first, witness}});
  const auto other_of = [&](NodeId id) { return id == first ? witness : first; };
  const NodeId third =
      stage.next_leader(20, [&](NodeId next) { cluster.machine(other_of(next)).slowness = hangs; });
  const NodeId follower = other_of(third);
  stage.wait_until([&] { return cluster.machine(follower).memory.size() >= index; }, 6,
                   "the follower gets the entry");
  sync_upto(stage, follower, index);
  cluster.run_for(rounds(2));
  stage.expect(cluster.machine(third).disk.log().size() > index, "the leader's disk has its own entry");
  stage.expect(cluster.machine(follower).disk.log().size() == index, "the follower's has it not");
  stage.expect(stage.replica(third).decided() < index, "the earlier entry is not decided");
  let_the_second_leader_win(stage, second, third, follower);
  stage.expect(stage.replica(second).decided() >= index, "the second leader's entry is decided instead");
  stage.expect(cluster.history().find(tag) == nullptr, "the first leader's entry is not stored");
  cluster.start(third);
  cluster.heal_all();
  stage.clients.add_producer(4.0);
  stage.expect_progress(10);
}

// T12. The follower's disk held other entries at the same places before.
void rewritten_entries_count_only_once_they_are_durable_again(const Life& life) {
  Stage stage(shape_of(life, 3), false);
  Cluster& cluster = stage.cluster;
  const NodeId old = stage.steady_leader();
  stage.cut_all_of(old, false);
  const Index before = stage.replica(old).last();
  place_entries(stage, old, 4);
  const NodeId next = stage.next_leader(20, [&](NodeId id) {
    stage.cut_all_of(id, false);
    cluster.machine(old).slowness = hangs;
    cluster.heal(old, id);
  });
  const Tag tag = place_plain_entry(stage, next);
  const auto is_rewritten = [&] {
    const auto& core = stage.replica(old);
    return core.last() == before + 2 && core.ballot_at(before + 2) == stage.replica(next).promised();
  };
  stage.wait_until(is_rewritten, 6, "the old leader's entries are rewritten");
  cluster.run_for(rounds(2));
  stage.expect(stage.replica(next).decided() == before, "what is not durable again is not counted");
  cluster.crash(old, true, Crash::lose_all);
  stage.expect(cluster.machine(old).disk.log().size() == before + 4, "the crash brings the old entries back");
  cluster.machine(old).slowness = 1;
  cluster.start(old);
  stage.wait_until([&] { return cluster.history().find(tag) != nullptr; }, 6,
                   "the entry is decided once it is durable");
  cluster.heal_all();
  stage.clients.add_producer(4.0);
  stage.expect_progress(10);
}

// T13. Only the witness has the entries of the leader that died, and it dies half-way; what was adopted from
// it stays, and is decided by the others.
void an_adoption_survives_its_promiser(const Life& life) {
  Stage stage(in_chunks_of_one_entry(shape_of(life, 5)), false);
  Cluster& cluster = stage.cluster;
  const NodeId dead = stage.steady_leader();
  const auto others = stage.others(dead);
  const NodeId witness = others[0], candidate = others[1], second = others[2], third = others[3];
  cluster.connect_only({{dead, witness}});
  const Index before = stage.replica(dead).last();
  place_entries(stage, dead, 8);
  const Ballot ballot = stage.replica(dead).promised();
  stage.wait_until([&] { return stage.replica(witness).durable() == before + 8; }, 2, "the witness has all");
  cluster.crash(dead);
  cluster.connect_only({{candidate, witness}, {candidate, second}});  // who needs the witness's promise
  stage.wait_until([&] { return stage.replica(candidate).last() >= before + 4; }, 10, "half is adopted");
  cluster.crash(witness, life.seed % 2 == 1);
  cluster.heal(candidate, third);
  stage.expect(stage.next_leader(6) == candidate, "the candidate leads with another quorum");
  const Index adopted = stage.replica(candidate).last() - 1;
  stage.expect(adopted >= before + 4 && adopted < before + 8, "it has adopted a part");
  stage.wait_until([&] { return cluster.history().last() > adopted; }, 4, "the adopted part is decided");
  stage.expect(cluster.history().entry(adopted).ballot == ballot, "as the dead leader's entries");
  cluster.start(witness);
  cluster.start(dead);
  cluster.heal_all();
  stage.clients.add_producer(4.0);
  stage.expect_progress(10);
  stage.wait_until([&] { return stage.replica(witness).decided() > before + 8; }, 10,
                   "the promiser gives the rest of its log up");
}

// What the leader of `from` has told before, told again: a part of the log, none of it decided.
void repeat_an_old_accept(Stage& stage, NodeId from, NodeId to, Index decided) {
  const auto& log = stage.cluster.machine(from).memory;
  Accept accept{.ballot = stage.replica(from).promised(), .entries = {}, .decided = decided};
  accept.entries.previous = decided + stage.cluster.random.below(log.size() - decided);
  accept.entries.previous_ballot = log[accept.entries.previous - 1]->ballot;
  accept.entries.end =
      accept.entries.previous + 1 + stage.cluster.random.below(log.size() - accept.entries.previous);
  for (Index index = accept.entries.previous + 1; index < accept.entries.end; ++index)
    accept.entries.items.push_back(log[index - 1]);
  stage.cluster.step(to, [from, accept](auto& replica) { replica.on_message(from, accept); });
}

// T14. The followers' answers are lost, so that nothing is decided meanwhile.
void an_old_accept_that_comes_late_cuts_nothing_off(const Life& life) {
  Stage stage(shape_of(life, 3), false);
  Cluster& cluster = stage.cluster;
  const NodeId leader = stage.steady_leader();
  const NodeId follower = stage.other_than(leader);
  const Index decided = stage.replica(leader).decided();
  for (const NodeId other : stage.others(leader)) cluster.cut_one_way(other, leader, false);
  cluster.network.faults.duplicates = 0.5;  // each much later
  place_entries(stage, leader, 10);
  const auto has_all = [&] { return stage.replica(follower).last() == decided + 10; };
  stage.wait_until(has_all, 2, "the follower gets the entries");
  for (int i = 0; i < 10; ++i) {
    repeat_an_old_accept(stage, leader, follower, decided);
    stage.expect(has_all(), "an old accept cuts nothing off");
    cluster.run_for(units(2));
  }
  cluster.network.faults = {};
  cluster.heal_all();
  stage.wait_until([&] { return cluster.history().last() >= decided + 10; }, 20, "all are decided");
}

// It has the entries, but doesn't know that they are decided, so that it is given them from there on, and the
// logs part behind them.
void a_candidate_walks_over_entries_that_it_has(const Life& life) {
  Stage stage(in_chunks_of_one_entry(shape_of(life, 5)), false);
  Cluster& cluster = stage.cluster;
  const NodeId old = stage.steady_leader();
  const auto others = stage.others(old);
  const Index before = stage.replica(old).last();
  for (const NodeId other : others) cluster.cut_one_way(other, old, false);
  place_entries(stage, old, 20);
  const auto have_all = [&](Index last) {
    return std::ranges::all_of(others, [&](NodeId id) { return stage.replica(id).durable() >= last; });
  };
  stage.wait_until([&] { return have_all(before + 20); }, 2, "all have the entries");
  stage.cut_all_of(old, false);
  place_plain_entry(stage, old);
  const NodeId next = stage.next_leader(10);
  stage.wait_until([&] { return have_all(before + 21); }, 8, "the others have the next leader's entry");
  const NodeId gone = others[next == others[0] ? 1 : 0];
  cluster.crash(next);
  cluster.crash(gone);
  std::vector<std::set<NodeId>> pairs;
  for (const NodeId id : others) pairs.push_back({old, id});
  cluster.connect_only(pairs);
  stage.expect(stage.next_leader(14) == old, "the only connected node leads");
  cluster.start(next);
  cluster.start(gone);
  stage.clients.add_producer(4.0);
  stage.expect_progress(10);
}

// The first entry of a pipeline is lost, so that none of those behind it fits.
void a_burst_of_mismatches_is_answered_with_one_probe(const Life& life) {
  Stage stage(in_chunks_of_one_entry(quick(shape_of(life, 2))), false);
  Cluster& cluster = stage.cluster;
  const NodeId leader = stage.steady_leader();
  const NodeId follower = stage.other_than(leader);
  stage.wait_for_next_round_of(leader);  // at its end it would send again what is not answered
  cluster.network.faults.loss = 1;
  place_plain_entry(stage, leader);
  cluster.network.faults = {};
  place_entries(stage, leader, 200);
  const auto events = cluster.events();
  const Index last = stage.replica(leader).last();
  stage.wait_until([&] { return stage.replica(leader).decided() == last; }, 10, "all are decided");
  stage.expect(stage.replica(follower).durable() == last, "the follower has all");
  stage.expect(cluster.events() - events < 1000, "no entry is sent again for each mismatch");
}

}  // namespace

std::vector<Scenario> log_scenarios() {
  return {
      {"counted-in-vain", "T11", "an entry of an earlier ballot is not decided by counting",
       an_entry_of_an_earlier_ballot_is_not_decided_by_counting},
      {"rewritten", "T12", "rewritten entries count only once they are durable again",
       rewritten_entries_count_only_once_they_are_durable_again},
      {"adoption", "T13", "an adoption survives its promiser", an_adoption_survives_its_promiser},
      {"old-accept", "T14", "an old accept that comes late cuts nothing off",
       an_old_accept_that_comes_late_cuts_nothing_off},
      {"damage", "T29", "a damaged range is neither served nor voted with", nullptr,
       "repair of damaged ranges"},
      {"no-room", "T30", "a leader without room hands over", nullptr, "the reserve of disk space"},
      {"equal-chunks", "", "a candidate walks over entries that it has",
       a_candidate_walks_over_entries_that_it_has},
      {"mismatches", "", "a burst of mismatches is answered with one probe",
       a_burst_of_mismatches_is_answered_with_one_probe},
  };
}

}  // namespace bellwether::simulation
