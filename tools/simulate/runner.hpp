// simulate/runner.hpp: makes the runs of a plan, several side by side, and says what came of them.
#pragma once

#include "options.hpp"

namespace bellwether::simulation {

int run_plan(const Options& options);  // the exit status: 0 everything held, 1 something didn't

}  // namespace bellwether::simulation
