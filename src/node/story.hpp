// node/story.hpp: what goes on in the cluster as this node sees it, in words for `status`.
// Threads: the I/O thread.
#pragma once

#include <string>
#include <vector>

#include "replication/replica.hpp"

namespace bellwether::node {

// Why this node knows of no leader; empty while it knows one.
std::string why_nobody_leads(const replication::Replica& replica, NodeId self);

// What is under way: a change of the members or of the leader that is not done yet.
std::vector<std::string> changes_under_way(const replication::Replica& replica);

}  // namespace bellwether::node
