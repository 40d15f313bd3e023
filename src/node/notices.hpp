// node/notices.hpp: tells an operator in plain words what changes: who leads, who joins and leaves,
// whether a majority is there. Each thing once, when it changes.
// Threads: the I/O thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "replication/replica.hpp"

namespace bellwether::node {

class Notices {
 public:
  // `stays_learner`: whether this start asks for it (--learner), which only counts when a node joins.
  Notices(NodeId self, std::chrono::milliseconds heartbeat, bool stays_learner);

  void on_decided(const replication::DecidedEntry& decided, const replication::Replica& replica);
  void on_step(const replication::Replica& replica);

 private:
  using Clock = std::chrono::steady_clock;

  void introduce(const replication::Replica& replica);
  void compare_learner(const state::Member& own) const;
  void watch_leader(const replication::Replica& replica);
  void watch_room(const replication::Replica& replica);
  void watch_majority(const replication::Replica& replica);
  void say_majority_lost(const replication::Replica& replica);
  std::string name(NodeId id, const replication::Replica& replica) const;

  NodeId self_;
  Clock::duration patience_;  // a majority that comes back sooner is not worth a word
  bool stays_learner_;
  bool introduced_ = false;
  std::optional<NodeId> leader_;
  std::optional<Clock::time_point> majority_missing_since_;
  bool majority_lost_ = false;
  replication::Room room_ = replication::Room::enough;
  bool refuses_for_others_ = false;
};

}  // namespace bellwether::node
