#include "metrics/process.hpp"

#include <unistd.h>

#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>

namespace bellwether::metrics {
namespace {

struct Stat {  // proc(5), /proc/[pid]/stat, the fields from the third on
  double user_ticks = 0;
  double system_ticks = 0;
  double threads = 0;
  double started_ticks = 0;  // after the system's start
  double virtual_bytes = 0;
  double resident_pages = 0;
};

std::optional<Stat> read_stat() {
  std::ifstream file("/proc/self/stat");
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const auto name_end = text.rfind(')');  // the second field is the program's name and may hold anything
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(name_end + 1));
  std::string skipped;
  const auto skip = [&](int count) {
    for (int field = 0; field < count; ++field) fields >> skipped;
  };
  Stat stat;
  skip(11);
  fields >> stat.user_ticks >> stat.system_ticks;
  skip(4);
  fields >> stat.threads;
  skip(1);
  fields >> stat.started_ticks >> stat.virtual_bytes >> stat.resident_pages;
  if (!fields) return std::nullopt;
  return stat;
}

std::optional<double> system_start_seconds() {
  std::ifstream file("/proc/stat");
  for (std::string word; file >> word;) {
    double seconds = 0;
    if (word == "btime" && file >> seconds) return seconds;
  }
  return std::nullopt;
}

}  // namespace

void add_process(Exposition& exposition) {
  const auto stat = read_stat();
  if (!stat) return;
  const auto ticks_per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const auto page_bytes = static_cast<double>(::sysconf(_SC_PAGESIZE));
  exposition.counter("process_cpu_seconds_total", "Processor time of this process, user and system.",
                     (stat->user_ticks + stat->system_ticks) / ticks_per_second);
  exposition.gauge("process_resident_memory_bytes", "Memory that this process has in RAM.",
                   stat->resident_pages * page_bytes);
  exposition.gauge("process_virtual_memory_bytes", "Memory that this process has addresses for.",
                   stat->virtual_bytes);
  exposition.gauge("process_threads", "Threads of this process.", stat->threads);
  if (const auto start = system_start_seconds()) {
    exposition.gauge("process_start_time_seconds", "When this process began, since 1970.",
                     *start + stat->started_ticks / ticks_per_second);
  }
}

}  // namespace bellwether::metrics
