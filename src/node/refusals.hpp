// node/refusals.hpp: why a request was not done, in words for a person and in the codes of the closed list.
// Source: consensus.md P8.
#pragma once

#include <string>

#include "protocol/packets.hpp"
#include "replication/output.hpp"
#include "replication/replica.hpp"

namespace bellwether::node {

ErrorAnswer refusal(ErrorCode code, std::string message, std::string hint = {});

std::optional<LeaderInfo> leader_info(const replication::Replica& replica);
LeaderInfo member_info(const replication::Replica& replica, NodeId id);

// What a person can do while there is no majority.
std::string way_out(const replication::Replica& replica);

// What the core refused, completed with what the node knows: who leads, who is missing.
ErrorAnswer explain(const replication::Refused& refused, const replication::Replica& replica);

// The voters that did not answer in the last whole round, this node left out.
// Voters that said that there is no room for messages on their disks, this node if it is one of them.
std::vector<LeaderInfo> voters_without_room(const replication::Replica& replica, NodeId self);
std::vector<LeaderInfo> missing_voters(const replication::Replica& replica);

std::string names_of(const std::vector<LeaderInfo>& members);  // "node 2 (127.0.0.1:8002) and node 3 (…)"

}  // namespace bellwether::node
