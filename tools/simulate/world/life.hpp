// simulate/world/life.hpp: what names one run completely: the same life is the same run, in every build and with
// every compiler.
#pragma once

#include <cstdint>

#include "world/fault_selection.hpp"
#include "world/mutants.hpp"

namespace bellwether::simulation {

struct Account {  // how far a run came, also if it failed
  std::uint64_t planned_faults = 0;
  std::uint64_t events = 0;
};

struct Life {
  std::uint64_t seed = 0;
  std::uint64_t nodes = 0;  // that the cluster begins with; 0: the generator chooses
  FaultSelection faults;    // of those that the generator plans
  Mutant mutant = Mutant::none;
  bool strict = true;          // see Checkers
  bool trace = false;          // tell the story of the run on stdout
  Account* account = nullptr;  // kept while the run lasts; null: not wanted
};

}  // namespace bellwether::simulation
