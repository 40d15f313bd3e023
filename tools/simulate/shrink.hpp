// simulate/shrink.hpp: makes a failing run smaller: leaves out kinds of faults, then single ones, as long as the
// same rule is still broken.
// Source:  delta debugging (A. Zeller, R. Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", 2002).
#pragma once

#include <cstdint>
#include <string>

#include "child.hpp"

namespace bellwether::simulation {

struct Failure {
  Job job;
  std::string violation;
  Account account;
};

// "I4" of "node 3: I4: leads ...".
std::string rule_of(const std::string& violation);

// At most so many runs. What it returns was seen to fail.
Failure shrink(Failure failure, int runs_max);

}  // namespace bellwether::simulation
