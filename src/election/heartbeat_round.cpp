#include "election/heartbeat_round.hpp"

namespace bellwether::election {

HeartbeatRequest HeartbeatRound::open(std::optional<Ballot> lost) {
  ++round_;
  replies_.clear();
  return {.round = round_, .lost = lost};
}

bool HeartbeatRound::on_reply(NodeId from, const HeartbeatReply& reply) {
  if (reply.round != round_)
    return false;  // a late answer says that the member lived then, not that it lives now
  replies_[from] = reply;
  return true;
}

}  // namespace bellwether::election
