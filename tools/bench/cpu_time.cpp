#include "cpu_time.hpp"

#include <ctime>
#include <optional>
#include <string>

namespace bellwether::bench {
namespace {

// The clock counts nanoseconds, where /proc/PID/stat counts ticks of 10 ms.
std::optional<std::chrono::nanoseconds> read(clockid_t clock) {
  timespec time{};
  if (clock_gettime(clock, &time) != 0) return std::nullopt;
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

Result<std::chrono::nanoseconds> cpu_time_of(const std::vector<pid_t>& processes) {
  std::chrono::nanoseconds total{};
  for (const pid_t process : processes) {
    clockid_t clock{};
    const bool found = clock_getcpuclockid(process, &clock) == 0;
    const auto time = found ? read(clock) : std::nullopt;
    if (!time)
      return failure(std::errc::no_such_process, "the process " + std::to_string(process) + " does not run");
    total += *time;
  }
  return total;
}

std::chrono::nanoseconds own_cpu_time() {
  return read(CLOCK_PROCESS_CPUTIME_ID).value_or(std::chrono::nanoseconds());
}

}  // namespace bellwether::bench
