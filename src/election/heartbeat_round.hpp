// election/heartbeat_round.hpp: one exchange of heartbeats: which members answered the running round, and
// what they said. The failure detector of the bully election.
// Source:  Garcia-Molina, "Elections in a Distributed Computing System" (1982), with counted rounds for
//          timeouts.
// Errors:  none; an answer to another round is ignored.
// Threads: none, no lock.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "protocol/messages.hpp"

namespace bellwether::election {

class HeartbeatRound {
 public:
  using Replies = std::map<NodeId, HeartbeatReply>;

  HeartbeatRequest open(std::optional<Ballot> lost);  // forgets the replies of the round before
  HeartbeatRequest request_again() const { return {.round = round_, .lost = std::nullopt}; }

  bool on_reply(NodeId from, const HeartbeatReply& reply);  // whether it answers the running round
  bool has_answered(NodeId id) const { return replies_.contains(id); }
  const Replies& replies() const { return replies_; }

 private:
  std::uint64_t round_ = 0;
  Replies replies_;
};

}  // namespace bellwether::election
