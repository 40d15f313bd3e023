// node/catch_up.hpp: tells an operator how far a member is that has much of the log to get: on the leader for each
// such member, on the member itself. A line every few seconds, and one when it is done.
// Threads: the I/O thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "replication/replica.hpp"
#include "storage/log_store.hpp"

namespace bellwether::node {

class CatchUp {
 public:
  static constexpr std::uint64_t bytes_worth_a_word = 64 * 1024 * 1024;
  static constexpr std::chrono::seconds says_every{5};

  explicit CatchUp(NodeId self) : self_(self) {}

  void hear(Index decided) { leaders_decided_ = decided; }  // from the leader
  void on_step(const replication::Replica& replica, const storage::LogStore& store);

 private:
  using Clock = std::chrono::steady_clock;

  struct Progress {
    std::uint64_t from = 0;  // the place in the log where it was when it was first seen behind
    Clock::time_point said;
  };
  struct Own {
    Index from = 0;
    Clock::time_point said;
    bool has_said = false;
  };

  void watch_member(NodeId id, const replication::Replica& replica, const storage::LogStore& store);
  void watch_self(const replication::Replica& replica);

  NodeId self_;
  Index leaders_decided_ = 0;
  Clock::time_point looked_;
  std::map<NodeId, Progress> behind_;  // by the leader
  std::optional<Own> own_;
};

}  // namespace bellwether::node
