// Partial partitions: everybody is alive, but not everybody sees everybody (consensus.md T1, T2, T3).
#include "scenarios/stage.hpp"

namespace bellwether::simulation {
namespace {

void the_only_connected_node_leads_after_quorum_loss(const Life& life) {
  Stage stage(shape_of(life, 5));
  const NodeId hub = stage.other_than(stage.steady_leader());
  stage.cut_between_others_than(hub, life.seed % 2 == 1);
  stage.expect_decisions(6, 10);
  stage.cluster.run_for(rounds(4));
  const Ticks settled = stage.cluster.now();
  stage.cluster.run_for(rounds(30));
  stage.expect(stage.changes_since(settled) == 0, "the leader doesn't change any more");
  stage.expect_leader(hub);
}

void a_hub_that_lags_leads_and_adopts_what_it_lacks(const Life& life) {
  Stage stage(shape_of(life, 5));
  const NodeId old = stage.steady_leader();
  const NodeId hub = stage.other_than(old);
  stage.cluster.cut(hub, old, true, false);
  stage.cluster.run_for(rounds(3));
  const Index last = stage.replica(hub).last();
  stage.expect(last < stage.cluster.history().last(), "the connected node lags");
  stage.cut_all_of(old, life.seed % 2 == 1);
  stage.cut_between_others_than(hub, life.seed % 2 == 1);
  stage.expect_decisions(7, 10);
  stage.expect_leader(hub);
}

void a_chain_of_three_changes_its_leader_once_at_most(const Life& life) {
  Stage stage(shape_of(life, 3));
  const NodeId leader = stage.steady_leader();
  const Ticks start = stage.cluster.now();
  stage.cluster.cut(leader, stage.other_than(leader), true, life.seed % 2 == 1);
  stage.expect_decisions(4, 10);
  stage.cluster.run_to(start + rounds(60));
  stage.expect(stage.changes_since(start) <= 1, "the leader changes once at most");
  stage.expect_progress(4);
}

void a_chain_of_five_settles(const Life& life) {
  Stage stage(shape_of(life, 5));
  stage.steady_leader();
  auto chain = stage.cluster.ids();
  stage.cluster.random.shuffle(chain);
  for (std::size_t i = 0; i < 5; ++i) {
    for (std::size_t j = i + 2; j < 5; ++j) stage.cluster.cut(chain[i], chain[j], true, life.seed % 2 == 1);
  }
  stage.expect_decisions(8, 10);
  stage.cluster.run_for(rounds(6));
  const Ticks settled = stage.cluster.now();
  stage.cluster.run_for(rounds(40));
  stage.expect(stage.changes_since(settled) == 0, "the leader doesn't change any more");
}

void a_ring_settles(const Life& life) {
  const std::uint64_t size = 4 + life.seed % 2;
  Stage stage(shape_of(life, size));
  stage.steady_leader();
  for (std::uint64_t a = 1; a <= size; ++a) {
    for (std::uint64_t b = a + 2; b <= size; ++b) {
      if (b - a != size - 1) stage.cluster.cut(NodeId{a}, NodeId{b}, true, life.seed % 3 != 0);
    }
  }
  stage.expect_decisions(5, 10);
  stage.cluster.run_for(rounds(6));
  const Ticks settled = stage.cluster.now();
  stage.cluster.run_for(rounds(40));
  stage.expect(stage.changes_since(settled) == 0, "the leader doesn't change any more");
}

void a_minority_acknowledges_nothing(const Life& life) {
  Stage stage(shape_of(life, 5));
  const NodeId leader = stage.steady_leader();
  const NodeId friend_of_leader = stage.other_than(leader);
  std::set<NodeId> majority;
  for (const NodeId id : stage.others(leader)) {
    if (id != friend_of_leader) majority.insert(id);
  }
  stage.cluster.connect_only({{leader, friend_of_leader}, majority});
  stage.cluster.run_for(rounds(2));
  const Index decided = stage.replica(leader).decided();
  stage.expect_progress(8);
  stage.expect(stage.replica(leader).decided() == decided, "the minority decides nothing");
  stage.expect(stage.replica(leader).is_suspended(), "the minority's leader is suspended");
}

// E14 is for a leader that leads. This one is outvoted, but content, since a member tells it of the next leader;
// and it sees another member that promised somebody who is gone.
void an_outvoted_leader_wins_nobody_back(const Life& life) {
  Stage stage(shape_of(life, 7));
  const NodeId old = stage.steady_leader();
  const auto others = stage.others(old);
  const NodeId common = others[0], lone = others[1], next = others[2], last = others[3];
  stage.cluster.connect_only({{old, common}, {old, lone}, {common, next}, {next, last}, {next, others[4]}});
  stage.cluster.run_for(rounds(8));
  stage.expect_leader(next);
  stage.let_promise_in_vain(lone, last);
  const Ticks settled = stage.cluster.now();
  stage.cluster.run_for(rounds(30));
  stage.expect(stage.changes_since(settled) == 0, "the leader doesn't change any more");
}

}  // namespace

std::vector<Scenario> partition_scenarios() {
  return {
      {"quorum-loss", "T1", "the only connected node leads, and nothing changes any more",
       the_only_connected_node_leads_after_quorum_loss},
      {"constrained-election", "T2", "a connected node that lags leads and adopts what it lacks",
       a_hub_that_lags_leads_and_adopts_what_it_lacks},
      {"chained", "T3", "a chain of three changes its leader once at most",
       a_chain_of_three_changes_its_leader_once_at_most},
      {"chain-of-five", "T3", "a chain of five settles", a_chain_of_five_settles},
      {"ring", "T3", "a ring settles", a_ring_settles},
      {"outvoted-leader", "", "an outvoted leader wins nobody back", an_outvoted_leader_wins_nobody_back},
      {"minority", "", "a minority acknowledges nothing", a_minority_acknowledges_nothing},
  };
}

}  // namespace bellwether::simulation
