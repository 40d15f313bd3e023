// bench/cpu_time.hpp: how much CPU time processes have used so far.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <vector>

#include "base/result.hpp"

namespace bellwether::bench {

// User and system time of all threads of these processes together.
// Errors: one of them is gone.
Result<std::chrono::nanoseconds> cpu_time_of(const std::vector<pid_t>& processes);
std::chrono::nanoseconds own_cpu_time();

}  // namespace bellwether::bench
