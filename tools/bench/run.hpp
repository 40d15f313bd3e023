// bench/run.hpp: one run from its options to its report: a cluster if there is to be one, the load, the CPU times.
#pragma once

#include "options.hpp"

namespace bellwether::bench {

int run(const Options& options);  // the exit status

}  // namespace bellwether::bench
