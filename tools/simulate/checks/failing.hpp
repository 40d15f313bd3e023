// simulate/checks/failing.hpp: the words of the checkers.
#pragma once

#include <string>

#include "world/machine.hpp"
#include "world/violation.hpp"

namespace bellwether::simulation {

[[noreturn]] inline void fail(const Machine& machine, const std::string& what) {
  throw Violation("node " + text(machine.id) + ": " + what);
}

inline std::string at(Index index) { return " at index " + std::to_string(index); }

}  // namespace bellwether::simulation
