// simulate/shrink.hpp: makes a failing run smaller: leaves out kinds of faults, then single ones, as long as the
// same rule is still broken.
// Source:  delta debugging (A. Zeller, R. Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", 2002).
#pragma once

#include <string>

#include "child.hpp"

namespace bellwether::simulation {

struct Failure {
  Job job;
  std::string violation;
  Account account;
};

// What two failures of one cause have in common: "I4" of "node 3: I4: leads ...", "answers a request twice" of
// "node 4 answers a request twice", of an assertion its expression.
std::string rule_of(const std::string& violation);

// Gives up after half a minute or some hundred runs. What it returns was seen to fail.
Failure shrink(Failure failure);

}  // namespace bellwether::simulation
