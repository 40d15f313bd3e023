// simulate/scenarios/stage.hpp: what the fixed scenarios have in common (consensus.md section 15): a
// healthy cluster with a producer to begin with, ways to wait for progress, and a count of leader changes.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "scenarios/scenario.hpp"
#include "world/clients.hpp"
#include "world/cluster.hpp"

namespace bellwether::simulation {

class Stage {
 public:
  explicit Stage(Shape shape, bool with_producer = true);
  Stage(Shape shape, Stage& neighbour);  // another cluster, at the same time, with producers
  Stage(Stage& former,
        NodeId survivor);  // what a forced recovery makes of that node, with producers of its own

  Cluster cluster;
  Clients clients;

  void expect(bool holds, std::string_view sentence) const;  // else Violation
  // After some rounds without faults; fails if there is no leader.
  NodeId steady_leader(double at_least_rounds = 6);
  // Something new is decided within that many rounds, and soon after a producer hears of it.
  void expect_progress(double rounds_max);
  // The longest time in which the count stays the same, of so many rounds from now on.
  Ticks longest_pause(double of_rounds, const std::function<std::uint64_t()>& count);
  // From now on something new is decided after so many rounds at most, again and again.
  void expect_decisions(double pause_max, double of_rounds);
  void add_producers();
  std::size_t changes_since(Ticks time) const;  // how many leaders were established after it
  void expect_leader(NodeId id);
  NodeId other_than(NodeId id);  // any
  std::vector<NodeId> others(NodeId id) const;
  const replication::Replica& replica(NodeId id) { return *cluster.machine(id).replica; }
  void cut_between_others_than(NodeId hub, bool peers_notice);  // everybody sees the hub alone
  void cut_all_of(NodeId id, bool peers_notice);
  bool wait_for_new_leader(Ticks since, double rounds_max);
  void wait_for_next_round_of(NodeId id);  // of heartbeats: it has just begun
  // The next node that becomes leader. What is done at once comes before its first entry leaves it.
  NodeId next_leader(
      double rounds_max, const std::function<void(NodeId)>& at_once = [](NodeId) {});
  // The voter promises a candidate of which nothing more is ever heard.
  void let_promise_in_vain(NodeId voter, NodeId candidate);
  void wait_until(const std::function<bool()>& condition, double rounds_max, std::string_view sentence);
};

Shape shape_of(const Life& life, std::uint64_t voters);
Shape quick(Shape shape);  // with short delays, for what is measured against a round

}  // namespace bellwether::simulation
