// bench/child_process.hpp: a process that does not outlive this one, and a port for it.
// Threads: call it before there are any (it forks).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace bellwether::bench {

// Runs the program words[0]. Its output goes to /dev/null, its diagnostics to `log`. It leads a process group of its own,
// so that Ctrl-C reaches only us.
// Errors: no process could be made. A program that cannot be run is a process that ends with status 127.
Result<pid_t> start_process(const std::vector<std::string>& words, const std::string& log);

// A port of 127.0.0.1 on which nobody listens, below those that the kernel gives to outgoing connections.
std::uint16_t free_port();

}  // namespace bellwether::bench
