// simulate/scenarios/stage.hpp: what the fixed scenarios have in common (consensus.md section 15): a
// healthy cluster with a producer to begin with, ways to wait for progress, and a count of leader changes.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "scenarios/scenario.hpp"
#include "world/clients.hpp"
#include "world/cluster.hpp"

namespace bellwether::simulation {

class Stage {
 public:
  explicit Stage(Shape shape, bool with_producer = true);

  Cluster cluster;
  Clients clients;

  void expect(bool holds, std::string_view sentence) const;  // else Violation
  // After some rounds without faults; fails if there is no leader.
  NodeId steady_leader(double at_least_rounds = 6);
  // Something new is decided within that many rounds, and soon after a producer hears of it.
  void expect_progress(double rounds_max);
  std::size_t changes_since(Ticks time) const;  // how many leaders were established after it
  void expect_leader(NodeId id);
  NodeId other_than(NodeId id);  // any
  std::vector<NodeId> others(NodeId id) const;
  const replication::Replica& replica(NodeId id) { return *cluster.machine(id).replica; }
  void cut_between_others_than(NodeId hub, bool peers_notice);  // everybody sees the hub alone
  void cut_all_of(NodeId id, bool peers_notice);
  bool wait_for_new_leader(Ticks since, double rounds_max);
};

Shape shape_of(const Life& life, std::uint64_t voters);
Shape quick(Shape shape);  // with short delays, for what is measured against a round

}  // namespace bellwether::simulation
