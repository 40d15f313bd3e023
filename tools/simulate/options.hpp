// simulate/options.hpp: the command line of bellwether-simulate.
// Errors:  what doesn't fit is printed on stderr, with what would.
#pragma once

#include <cstdint>
#include <optional>

#include "plan.hpp"

namespace bellwether::simulation {

struct Options {
  Plan plan;
  unsigned processes = 1;
  bool keep_going = false;
  bool shrinks = true;
  bool prints_fingerprints = false;
};

struct ParsedOptions {
  std::optional<Options> options;
  int exit_status = 0;  // if there are none
};

ParsedOptions parse_options(int argc, char** argv);

}  // namespace bellwether::simulation
