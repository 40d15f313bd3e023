// replication/reset.hpp: what a forced reconfiguration writes behind the log of a stopped node, which becomes the only
// member of a new cluster (consensus.md section 13, F1).
// Errors:  why this node must not, or need not, be one, in words for the operator.
// Threads: no state; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "replication/record.hpp"
#include "replication/stable_state.hpp"
#include "state/state_machine.hpp"

namespace bellwether::replication {

// Behind the last entry, decided or not: a survivor is alone, so all that it has counts.
state::State tail_state_of(const StableState& log);

// `former`: the cluster of which `self` is a member until now; `cluster`: the name of the new one.
Result<ResetCluster> reset_for(const StableState& log, NodeId self, const std::string& former,
                               const std::string& cluster);

// All of them durable, or the node goes on as what it was; in this order.
std::vector<Record> reset_records(const StableState& log, const ResetCluster& reset, std::uint64_t now_ms);

}  // namespace bellwether::replication
