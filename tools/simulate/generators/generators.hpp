// simulate/generators/generators.hpp: random lives of clusters: one seed is one life of faults, then a calm
// phase in which liveness is checked. Each generator favours another kind of trouble.
#pragma once

#include <cstdint>
#include <ostream>
#include <string_view>

#include "world/cluster.hpp"

namespace bellwether::simulation {

struct Outcome {
  Totals totals;
  std::uint64_t events = 0;
  std::uint64_t fingerprint = 0;
  Ticks simulated = 0;
};

// Each throws Violation.
Outcome trio(const Life& life);
Outcome duel(const Life& life);
Outcome quad(const Life& life);
Outcome campaign(const Life& life);
Outcome penta(const Life& life);
Outcome graph(const Life& life);
Outcome files(const Life& life);

struct Generator {
  std::string_view name;
  std::string_view what;
  Outcome (*run)(const Life&);
};
inline void PrintTo(const Generator& generator, std::ostream* out) { *out << generator.name; }  // GoogleTest
inline constexpr Generator generators[] = {
    {"trio", "three nodes, one pair of them connected at a time, restarts at the worst moments", trio},
    {"duel", "quick partitions, crashes, configuration changes asked of every new leader", duel},
    {"quad", "rival leaders change the configuration", quad},
    {"campaign",
     "everything: loss, repetition, reordering, slow disks, pauses, joins, leaves, evictions, hand-over",
     campaign},
    {"penta", "five nodes of which a changing three are connected", penta},
    {"graph", "a random partial partition that stays: who can lead must, and go on leading", graph},
    {"files", "the storage code of a real node over disks whose power fails at any operation", files},
};

}  // namespace bellwether::simulation
