// replication/follower.hpp: a member's side of replication: takes the leader's entries and reports what of
// them is durable here (consensus.md L5, L6, D3, D7, D8).
// Threads: none, no lock.
#pragma once

#include <cstdint>
#include <optional>

#include "protocol/messages.hpp"
#include "replication/core.hpp"

namespace bellwether::replication {

class Follower {
 public:
  explicit Follower(Core& core) : core_(core), match_(core.log.decided()) {}

  void on_promised();                    // a new ballot: nothing is known yet to equal its leader's log
  void on_accept(const Accept& accept);  // of the promised ballot
  void on_snapshot(NodeId from, const SnapshotChunk& chunk);  // of the promised ballot (L7)
  void on_durable();                                          // more of the log is: tell the leader
  bool has_heard_leader() const { return heard_leader_; }     // took an accept of the promised ballot

 private:
  bool take(NodeId from, const SnapshotChunk& chunk);  // false: it is of no use
  void matched(Index upto, Index decided, std::uint64_t read);
  void report();
  bool follows() const { return core_.promised.id != core_.options.self; }

  Core& core_;
  Index match_;  // up to here this log equals that of the leader of `promised`
  Index reported_match_ = 0;
  std::uint64_t read_ = 0;  // greatest read round of this ballot
  bool heard_leader_ = false;
  std::optional<SnapshotAssembly> assembly_;  // of what this leader sends
  std::optional<SnapshotName> refused_;       // nothing more is said about that one
};

}  // namespace bellwether::replication
