// node/start_check.hpp: what speaks against starting, as others tell it: the address that this node would give to the
// others is that of a member, or its directory is that of one cluster and its --clusterip that of another.
// Threads: none, no state.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "node/inquiry.hpp"
#include "node/options.hpp"
#include "storage/data_directory.hpp"

namespace bellwether::node {

// The addresses to ask first; most starts have none. `identity`: of a node that is a member already.
std::vector<std::string> addresses_to_ask(const Options& options,
                                          const std::optional<storage::Identity>& identity);

// While this node answers to nobody yet, so that none of the findings is its own. `former`: what this node's cluster was
// called before. Members of that are no reason, nor are those of what it was recovered as: that is RecoveredElsewhere's.
std::optional<std::string> why_not_to_start(const Options& options,
                                            const std::optional<storage::Identity>& identity,
                                            const std::vector<std::string>& former,
                                            const std::vector<Inquiry::Finding>& findings);

}  // namespace bellwether::node
