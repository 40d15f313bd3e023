// simulate/generators/theatre.hpp: what the generators have in common: a cluster, its clients, and the faults of
// the plan. The plan has a source of randomness of its own, so that a change in the cluster's own choices does
// not change it; and each of its faults has a number, so that some can be left out (FaultSelection).
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <vector>

#include "checks/liveness.hpp"
#include "generators/generators.hpp"
#include "world/clients.hpp"
#include "world/cluster.hpp"

namespace bellwether::simulation {

class Theatre {
 public:
  Theatre(const Life& life, Shape shape, std::uint64_t plan_seed);
  // What a recovery makes of that node, beside the former cluster. Both follow one plan.
  Theatre(Theatre& former, NodeId survivor, std::uint64_t plan_seed);
  virtual ~Theatre() = default;
  Theatre(const Theatre&) = delete;
  Theatre& operator=(const Theatre&) = delete;

  Random chance;
  Cluster cluster;
  Clients clients;

  void after(double delay_units, std::function<void()> action) {
    cluster.after(units(delay_units), std::move(action));
  }

  // ---- faults: each happens if the life has it
  void set_network_faults(NetworkFaults faults);
  void set_mild_network_faults();
  bool crash(NodeId id, bool peers_notice = true, Crash kind = Crash::any);
  void bounce(NodeId id, double down_units, Crash kind = Crash::any, bool peers_notice = true);
  void pause(NodeId id, double for_units);
  void cut(NodeId a, NodeId b, bool both_ways, bool peers_notice);
  // All links between the two sides of `are_apart`, and only these, are cut.
  void separate(const std::function<bool(NodeId, NodeId)>& are_apart, bool peers_notice = true);
  void blip(NodeId at, NodeId peer, double for_units);
  void slow_disk(NodeId id, double slowness);
  void stall_disk(NodeId id, double for_units);
  // Kills it; `share` of its log is left, if the others have the rest.
  void damage(NodeId id, double share, double down_units);
  // Of its decided entries some, if the others have them; `read_after_units` later somebody reads them there.
  void rot(NodeId id, double share, Index count, double read_after_units);
  void fill_disk(NodeId id, replication::Room room, double for_units);
  // Of its files, where the cluster has such; later somebody reads what is in them.
  void flip_bytes(NodeId id, double down_units, double read_after_units);
  void misdirect_write(NodeId id);
  void fill_files(NodeId id, double for_units);
  void move_clock(NodeId id, std::uint64_t ahead_ms);
  void stop(NodeId id, double takes_units, double down_units);
  void update_address(NodeId leader, NodeId member, const std::string& address);
  void join(std::uint32_t priority = 0, bool stays_learner = false);
  void leave(NodeId member);
  void remove_at(NodeId leader, NodeId member);  // asks that one node, once
  void move_leader(NodeId leader, NodeId target);
  void resign(NodeId leader);
  // One node, at a checkpoint that it took at one of these calls.
  void compact_one();

  Outcome finish();  // the calm phase

 protected:
  // Makes a node of this cluster one of its own, if the life has it; null: not this one. It is kept.
  Theatre* recover(NodeId id, const std::function<std::unique_ptr<Theatre>()>& found);
  // Its directory is set aside, and it joins a cluster that was made of another node.
  void rejoin(NodeId id, Theatre& other);
  const std::vector<std::unique_ptr<Theatre>>& successors() const { return successors_; }

 private:
  struct Plan {
    std::uint64_t planned = 0;
    bool is_calm = false;
  };

  void begin();
  bool happens(Fault fault);
  void check_calm(Outcome& outcome);
  void watch_answers();
  void compact_now_and_then(double pause_units);

  Random compactions_;  // apart from the plan: each life has the other faults that it would have without them
  std::shared_ptr<Plan> plan_;
  std::size_t removed_before_ = 0;  // what the history begins with
  std::vector<std::unique_ptr<Theatre>> successors_;
};

}  // namespace bellwether::simulation
