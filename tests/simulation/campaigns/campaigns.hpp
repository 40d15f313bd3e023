// simulation/campaigns/campaigns.hpp: random lives of clusters: one seed is one life of faults, then a calm
// phase in which liveness is checked. Each generator favours another kind of trouble.
//   trio      three nodes, one pair of them connected at a time, restarts at the worst moments
//   duel      quick partitions, crashes, configuration changes asked of every new leader
//   quad      rival leaders change the configuration
//   campaign  everything: loss, repetition, reordering, slow disks, joins, leaves, evictions, hand-over
//   penta     five nodes of which a changing three are connected
#pragma once

#include <cstdint>
#include <ostream>
#include <string_view>

#include "cluster.hpp"

namespace bellwether::simulation {

struct Life {
  std::uint64_t seed = 0;
  Mutant mutant = Mutant::none;
  bool strict = true;
  bool trace = false;
};

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

struct Generator {
  std::string_view name;
  Outcome (*run)(const Life&);
};
inline void PrintTo(const Generator& generator, std::ostream* out) { *out << generator.name; }  // GoogleTest
inline constexpr Generator generators[] = {
    {"trio", trio}, {"duel", duel}, {"quad", quad}, {"campaign", campaign}, {"penta", penta},
};

}  // namespace bellwether::simulation
