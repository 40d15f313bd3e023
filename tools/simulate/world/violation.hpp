// simulate/world/violation.hpp: what a checker throws: an invariant of consensus.md section 14 that doesn't hold.
#pragma once

#include <stdexcept>
#include <string>

#include "protocol/ballot.hpp"

namespace bellwether::simulation {

struct Violation : std::runtime_error {
  using std::runtime_error::runtime_error;
};

inline std::string text(NodeId id) { return std::to_string(number(id)); }
inline std::string text(const Ballot& ballot) {
  return "[" + std::to_string(ballot.round) + "," + std::to_string(ballot.priority) + "," + text(ballot.id) +
         "]";
}

}  // namespace bellwether::simulation
