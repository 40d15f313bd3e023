// bench/report.hpp: what a run found, for people and for programs. docs/performance.md describes the JSON: fields may be
// added, none changes its meaning.
// Threads: pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "measurement.hpp"
#include "options.hpp"

namespace bellwether::bench {

struct CpuTimes {                                   // within the measured time
  std::optional<std::chrono::nanoseconds> servers;  // none: their processes are not known
  std::chrono::nanoseconds client{};
};

struct Report {
  const Options& options;
  const Measurement& measurement;
  CpuTimes cpu;
  std::uint64_t leader_changes = 0;
  std::uint64_t unacknowledged = 0;
};

std::string summary(const Report& report);  // a few lines
std::string json(const Report& report);     // one line

}  // namespace bellwether::bench
