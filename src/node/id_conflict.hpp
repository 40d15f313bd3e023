// node/id_conflict.hpp: whether another process runs under this node's id, as the members say that turn this one away.
// After a crash they may say so for a moment of the process before. Who reaches anybody goes on: the other one is the copy.
// Threads: none, no lock.
#pragma once

#include <chrono>
#include <optional>
#include <set>

#include "protocol/ids.hpp"

namespace bellwether::node {

class IdConflict {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds lasts_after{2};

  void on_up(NodeId peer) {
    up_.insert(peer);
    since_.reset();
  }
  void on_down(NodeId peer) { up_.erase(peer); }
  // True, once, when it has lasted so long that it is no leftover of an earlier process.
  bool on_id_in_use(Clock::time_point now) {
    if (!up_.empty() || is_certain_) return false;
    if (!since_) since_ = now;
    is_certain_ = now - *since_ >= lasts_after;
    return is_certain_;
  }

 private:
  std::set<NodeId> up_;
  std::optional<Clock::time_point> since_;
  bool is_certain_ = false;
};

}  // namespace bellwether::node
