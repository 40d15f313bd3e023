// simulate/plan.hpp: which runs are to be made, in a fixed order, and what they add up to.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "job.hpp"

namespace bellwether::simulation {

struct Seeds {  // [first, last]
  std::uint64_t first = 1;
  std::uint64_t last = 1;
};
Result<Seeds> seeds_from(std::string_view text);  // "7" or "1-100"

struct Plan {
  std::vector<Job> kinds;  // without seeds: all generators or all scenarios, not both; at least one
  Seeds seeds;
  double minutes = 0;  // no new run is begun after that; 0: no limit

  // Generators take turns from seed to seed; each scenario is played with each seed.
  std::uint64_t size() const;  // at least 1
  Job at(std::uint64_t place) const;

 private:
  bool is_of_scenarios() const { return kinds.front().scenario != nullptr; }
};

struct Sum {  // of the runs so far, in whatever order they were made
  Totals totals;
  std::uint64_t runs = 0, events = 0, fingerprint = 0;
  Ticks simulated = 0;
  Sum& operator+=(const Sum& other);
};
Sum sum_of(std::uint64_t place, const Outcome& outcome);  // of one run, at that place in the plan

}  // namespace bellwether::simulation
