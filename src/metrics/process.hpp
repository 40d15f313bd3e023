// metrics/process.hpp: what the system says about this process, by the names that every Prometheus client uses.
// Errors:  what cannot be read is left out.
// Threads: no state.
#pragma once

#include "metrics/exposition.hpp"

namespace bellwether::metrics {

void add_process(Exposition& exposition);

}  // namespace bellwether::metrics
