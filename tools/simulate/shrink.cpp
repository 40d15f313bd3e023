#include "shrink.hpp"

#include <algorithm>
#include <chrono>
#include <regex>
#include <set>
#include <utility>
#include <vector>

namespace bellwether::simulation {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int runs_max = 600;
constexpr auto time_max = std::chrono::seconds(30);
constexpr unsigned run_seconds_max = 20;  // of one run; they take milliseconds

class Shrinker {
 public:
  explicit Shrinker(Failure failure) : smallest_(std::move(failure)) {}

  Failure shrink() {
    leave_out_kinds();
    leave_out_the_end();
    leave_out_parts();
    name_only_what_matters();
    return smallest_;
  }

 private:
  const FaultSelection& faults() const { return smallest_.job.life.faults; }
  bool is_over() const { return runs_ >= runs_max || Clock::now() >= end_; }

  // How the run fails with that selection; none: not at all, or it breaks another rule.
  std::optional<Failure> failure_with(FaultSelection selection) {
    ++runs_;
    Failure other = smallest_;
    other.job.life.faults = std::move(selection);
    auto result = attempt(other.job, run_seconds_max);
    if (!result.finding || rule_of(*result.finding) != rule_of(smallest_.violation)) return std::nullopt;
    other.violation = *std::move(result.finding);
    other.account = result.account;
    return other;
  }

  bool try_with(FaultSelection selection) {
    if (is_over()) return false;
    auto smaller = failure_with(std::move(selection));
    if (smaller) smallest_ = *std::move(smaller);
    return smaller.has_value();
  }

  void leave_out_kinds() {
    for (std::size_t i = 0; i < fault_names.size(); ++i) {
      FaultSelection selection = faults();
      if (selection.off.insert(static_cast<Fault>(i)).second) try_with(std::move(selection));
    }
  }

  // The numbers that are still in the plan.
  std::vector<std::uint64_t> kept() const {
    std::vector<std::uint64_t> numbers;
    for (std::uint64_t number = 1; number <= smallest_.account.planned_faults; ++number) {
      if (!faults().only || faults().only->contains(number)) numbers.push_back(number);
    }
    return numbers;
  }

  bool try_only(const std::vector<std::uint64_t>& numbers) {
    FaultSelection selection = faults();
    selection.only.emplace(numbers.begin(), numbers.end());
    return try_with(std::move(selection));
  }

  void leave_out_the_end() {
    for (auto step = kept().size() / 2; step > 0; step /= 2) {
      auto numbers = kept();
      if (step > numbers.size()) continue;
      numbers.resize(numbers.size() - step);
      try_only(numbers);
    }
  }

  // Those of a kind that is off too: the run is the same without them.
  void leave_out_parts() {
    for (auto size = (kept().size() + 1) / 2; size > 0; size /= 2) {
      for (std::size_t from = 0; from < kept().size() && !is_over();) {
        auto numbers = kept();
        const auto first = numbers.begin() + static_cast<std::ptrdiff_t>(from);
        const auto count = std::min(size, numbers.size() - from);
        numbers.erase(first, first + static_cast<std::ptrdiff_t>(count));
        if (!try_only(numbers)) from += count;
      }
    }
  }

  // A kind that would not have struck anyway need not be off: with it the run is the same.
  void name_only_what_matters() {
    for (const Fault fault : std::set(faults().off)) {
      FaultSelection selection = faults();
      selection.off.erase(fault);
      if (Clock::now() >= end_) return;
      auto same = failure_with(std::move(selection));
      if (same && is_the_same_run(*same)) smallest_ = *std::move(same);
    }
  }

  // As far as can be told; a run that was aborted has counted no events.
  bool is_the_same_run(const Failure& other) const {
    return other.violation == smallest_.violation && other.account.events == smallest_.account.events &&
           other.account.planned_faults == smallest_.account.planned_faults;
  }

  Failure smallest_;
  int runs_ = 0;
  const Clock::time_point end_ = Clock::now() + time_max;
};

}  // namespace

std::string rule_of(const std::string& violation) {
  static const std::regex whose(R"(^node \d+('s state at \d+)?:? ?)");
  static const std::regex number(R"(\b\d+)");  // not that of "I4"
  static const std::string assertion = "assertion failed: ";

  if (const auto at = violation.find(assertion); at != std::string::npos) {
    const auto expression = violation.substr(at + assertion.size());
    return expression.substr(0, expression.find('\n'));
  }
  std::string rule = std::regex_replace(violation.substr(0, violation.find('\n')), whose, "");
  rule.resize(std::min(rule.size(), rule.find(':')));
  return std::regex_replace(rule, number, "#");
}

Failure shrink(Failure failure) { return Shrinker(std::move(failure)).shrink(); }

}  // namespace bellwether::simulation
