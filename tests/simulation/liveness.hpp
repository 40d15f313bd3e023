// simulation/liveness.hpp: what must happen once all faults have stopped (consensus.md L-a): a new append is
// acknowledged, all members get everything, removed nodes learn it, and every request was answered.
#pragma once

#include "clients.hpp"
#include "cluster.hpp"

namespace bellwether::simulation {

void check_liveness(Cluster& cluster, Clients& clients);

}  // namespace bellwether::simulation
