// simulate/plan.hpp: which runs are to be made, in a fixed order.
#pragma once

#include <cstdint>
#include <vector>

#include "job.hpp"

namespace bellwether::simulation {

struct Plan {
  std::vector<Job> kinds;  // without seeds: all generators or all scenarios, not both
  std::uint64_t first_seed = 1;
  std::uint64_t last_seed = 1;
  double minutes = 0;  // no new run is begun after that; 0: no limit

  // Generators take turns from seed to seed; each scenario is played with each seed.
  std::uint64_t size() const {
    const std::uint64_t seeds = last_seed - first_seed + 1;
    return is_of_scenarios() ? seeds * kinds.size() : seeds;
  }
  Job at(std::uint64_t place) const {
    const std::uint64_t seed = first_seed + (is_of_scenarios() ? place / kinds.size() : place);
    Job job = kinds[(is_of_scenarios() ? place : seed) % kinds.size()];
    job.life.seed = seed;
    return job;
  }

 private:
  bool is_of_scenarios() const { return kinds.front().scenario != nullptr; }
};

}  // namespace bellwether::simulation
