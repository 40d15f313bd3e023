#include "summary.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <string>

namespace bellwether::simulation {

namespace {

// A heartbeat round counts as 100 ms, which is what a node waits by default.
constexpr double ticks_per_hour = 36'000 * static_cast<double>(heartbeat);

std::string grouped(std::uint64_t number) {  // 1,234,567
  std::string digits = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<std::size_t>(at), ",");
  }
  return digits;
}

std::string tenths(double number) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f", number);
  return text.data();
}

double hours(const Sum& sum) { return static_cast<double>(sum.simulated) / ticks_per_hour; }

// Scenarios count neither time nor steps.
bool has_figures(const Sum& sum) { return sum.events != 0; }

std::uint64_t per(double count, double seconds) {
  return static_cast<std::uint64_t>(count / std::max(seconds, 0.001));
}

std::string found(std::uint64_t findings) {
  return findings == 0 ? "nothing violated" : grouped(findings) + " VIOLATED";
}

std::string faults_by_kind(const FaultCounts& counts) {
  std::string text;
  for (std::size_t i = 0; i < fault_names.size(); ++i) {
    if (counts.of[i] == 0) continue;
    text += (text.empty() ? "" : ", ") + std::string(fault_names[i]) + " " + grouped(counts.of[i]);
  }
  return text.empty() ? "none counted" : text;
}

std::string size_of(const Failure& failure) {
  const FaultSelection& faults = failure.job.life.faults;
  const std::uint64_t planned = faults.only ? faults.only->size() : failure.account.planned_faults;
  std::string text = grouped(planned) + " planned faults";
  if (failure.account.events != 0) text += ", " + grouped(failure.account.events) + " steps";
  return text;
}

}  // namespace

void Progress::show(const Sum& sum, std::uint64_t findings, double seconds) {
  const bool terminal = isatty(STDERR_FILENO) == 1;
  if (seconds - shown_at_ < (terminal ? 0.2 : 60)) return;
  shown_at_ = seconds;
  is_shown_ = terminal;
  const std::string simulated = has_figures(sum) ? ", " + tenths(hours(sum)) + " simulated hours" : "";
  std::fprintf(stderr, "%s%s clusters%s in %.0f s, %s%s", terminal ? "\r\x1b[K" : "",
               grouped(sum.runs).c_str(), simulated.c_str(), seconds, found(findings).c_str(),
               terminal ? "" : "\n");
}

void Progress::clear() {
  if (is_shown_) std::fprintf(stderr, "\r\x1b[K");
  is_shown_ = false;
}

void print_beginning(const Plan& plan) {
  const auto [first, last] = plan.seeds;
  std::printf("seeds from %llu%s%s\n", static_cast<unsigned long long>(first),
              first == last ? "" : (" to " + std::to_string(last)).c_str(),
              plan.minutes > 0 ? (", for " + tenths(plan.minutes) + " min").c_str() : "");
  std::fflush(stdout);
}

void print_failure(const Failure& failure) {
  std::printf("VIOLATION %s\n%s\n  replay: %s\n", failure.violation.c_str(), size_of(failure).c_str(),
              replay_command(failure.job).c_str());
  std::fflush(stdout);
}

void print_smaller(const Failure& failure, const Failure& smaller) {
  if (replay_command(smaller.job) == replay_command(failure.job)) {
    std::printf("  no smaller run was found that fails in the same way\n");
  } else {
    std::printf("  smaller: %s\n  replay: %s\n  VIOLATION %s\n", size_of(smaller).c_str(),
                replay_command(smaller.job).c_str(), smaller.violation.c_str());
  }
  std::fflush(stdout);
}

void print_summary(const Sum& sum, std::uint64_t findings, double seconds) {
  if (!has_figures(sum)) {
    std::printf("%s clusters in %s s: %s\n", grouped(sum.runs).c_str(), tenths(seconds).c_str(),
                found(findings).c_str());
    return;
  }
  const Totals& totals = sum.totals;
  std::printf("%s clusters in %s s: %s simulated hours (%s times real time), %s steps, %s\n",
              grouped(sum.runs).c_str(), tenths(seconds).c_str(), tenths(hours(sum)).c_str(),
              grouped(per(hours(sum) * 3600, seconds)).c_str(), grouped(sum.events).c_str(),
              found(findings).c_str());
  std::printf(
      "  %s elections, %s entries decided (%s a second), %s appends acknowledged, %s reads, %s joins, %s "
      "removals, %s snapshots installed, %s logs gone on with after damage, %s entries repaired\n",
      grouped(totals.elections).c_str(), grouped(totals.decided).c_str(),
      grouped(per(static_cast<double>(totals.decided), seconds)).c_str(),
      grouped(totals.acknowledged).c_str(), grouped(totals.reads).c_str(), grouped(totals.joins).c_str(),
      grouped(totals.removals).c_str(), grouped(totals.installations).c_str(),
      grouped(totals.salvaged).c_str(), grouped(totals.repaired).c_str());
  std::printf("  faults: %s\n", faults_by_kind(totals.faults).c_str());
}

void print_fingerprint(std::uint64_t fingerprint) {
  std::printf("fingerprint %016llx\n", static_cast<unsigned long long>(fingerprint));
}

}  // namespace bellwether::simulation
