// replication/hand_over.hpp: a planned change of leader under way: nothing is appended until the target
// has everything, then it is told to take over (consensus.md H1 to H3).
// Threads: none, no lock.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "protocol/ids.hpp"
#include "replication/core.hpp"

namespace bellwether::replication {

class HandOver {
 public:
  bool is_under_way() const { return target_.has_value(); }
  NodeId target() const { return target_.value_or(nobody); }

  void begin(NodeId target) {
    target_ = target;
    rounds_ = 0;
  }
  void add_waiter(RequestId request) { waiters_.push_back(request); }
  void forget(RequestId request) { std::erase(waiters_, request); }

  // H1: true when it has lasted too long; the leader goes on leading then.
  bool end_round() { return is_under_way() && ++rounds_ > hand_over_rounds_max; }
  void end() { target_.reset(); }
  std::vector<RequestId> take_waiters() { return std::exchange(waiters_, {}); }

 private:
  std::optional<NodeId> target_;
  std::uint64_t rounds_ = 0;
  std::vector<RequestId> waiters_;
};

}  // namespace bellwether::replication
