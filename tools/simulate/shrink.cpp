#include "shrink.hpp"

#include <algorithm>
#include <cctype>
#include <set>
#include <utility>
#include <vector>

namespace bellwether::simulation {

namespace {

constexpr unsigned seconds_max = 20;  // of one run; they take milliseconds

class Shrinker {
 public:
  Shrinker(Failure failure, int runs_max) : smallest_(std::move(failure)), runs_left_(runs_max) {}

  Failure shrink() {
    leave_out_kinds();
    leave_out_the_end();
    leave_out_parts();
    return smallest_;
  }

 private:
  const FaultSelection& faults() const { return smallest_.job.life.faults; }

  // Keeps the smaller selection if the same rule is broken with it.
  bool try_with(FaultSelection selection) {
    if (runs_left_-- <= 0) return false;
    Failure smaller = smallest_;
    smaller.job.life.faults = std::move(selection);
    auto result = attempt(smaller.job, seconds_max);
    if (!result.finding || rule_of(*result.finding) != rule_of(smallest_.violation)) return false;
    smaller.violation = *std::move(result.finding);
    smaller.account = result.account;
    smallest_ = std::move(smaller);
    return true;
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

  void leave_out_parts() {
    for (auto size = kept().size() / 2; size > 0; size /= 2) {
      for (std::size_t from = 0; from < kept().size() && runs_left_ > 0;) {
        auto numbers = kept();
        const auto first = numbers.begin() + static_cast<std::ptrdiff_t>(from);
        const auto count = std::min(size, numbers.size() - from);
        numbers.erase(first, first + static_cast<std::ptrdiff_t>(count));
        if (!try_only(numbers)) from += count;
      }
    }
  }

  Failure smallest_;
  int runs_left_;
};

}  // namespace

std::string rule_of(const std::string& violation) {
  std::string_view rest = violation;
  if (rest.starts_with("node ")) rest.remove_prefix(std::min(rest.size(), rest.find(": ") + 2));
  return std::string(rest.substr(0, rest.find(':')));
}

Failure shrink(Failure failure, int runs_max) { return Shrinker(std::move(failure), runs_max).shrink(); }

}  // namespace bellwether::simulation
