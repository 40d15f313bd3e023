// simulate/checks/liveness.hpp: what must happen once all faults have stopped (consensus.md L-a): a new append is
// acknowledged, all members get everything, removed nodes learn it, and every request was answered.
#pragma once

#include "world/clients.hpp"
#include "world/cluster.hpp"

namespace bellwether::simulation {

// How long it takes with this cluster's small chunks to bring a node up to date that has `from` entries.
double rounds_to_catch_up(Cluster& cluster, Index from);
Index least_decided(Cluster& cluster);  // of the nodes that serve

// Whether enough voters are left, in whatever configuration is in force somewhere; those that are gone never come back.
bool can_live(Cluster& cluster);
void check_liveness(Cluster& cluster, Clients& clients);
// Of one that cannot go on: everybody is told so.
void check_answers(Cluster& cluster, Clients& clients);

}  // namespace bellwether::simulation
