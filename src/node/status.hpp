// node/status.hpp: what this node says about itself and the members: status, members, leader.
// Threads: the I/O thread.
#pragma once

#include <chrono>
#include <string>

#include "protocol/packets.hpp"
#include "replication/replica.hpp"

namespace bellwether::node {

struct StatusSource {
  const replication::Replica& replica;
  NodeId self = nobody;
  std::chrono::milliseconds heartbeat{100};
  std::string cluster;  // a new member's log may not have got to its name yet
};

StatusAnswer status_of(const StatusSource& source, Offset first_offset);
MembersAnswer members_of(const StatusSource& source);
LeaderAnswer leader_of(const StatusSource& source);

}  // namespace bellwether::node
