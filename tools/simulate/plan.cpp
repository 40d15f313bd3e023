#include "plan.hpp"

#include <string>

#include "world/number_range.hpp"

namespace bellwether::simulation {

namespace {

constexpr std::uint64_t seeds_max =
    1'000'000'000'000;  // more than anybody waits for; no size of a plan overflows

// Equal fingerprints at two places don't cancel each other, nor may two runs change places. The steps are those
// of SplitMix64 (G. Steele, D. Lea, C. Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
std::uint64_t mixed(std::uint64_t place, std::uint64_t fingerprint) {
  std::uint64_t mix = fingerprint + (place + 1) * 0x9e3779b97f4a7c15;
  mix = (mix ^ (mix >> 30)) * 0xbf58476d1ce4e5b9;
  mix = (mix ^ (mix >> 27)) * 0x94d049bb133111eb;
  return mix ^ (mix >> 31);
}

}  // namespace

Result<Seeds> seeds_from(std::string_view text) {
  const auto range = number_range_from(text);
  if (!range) {
    return failure(std::errc::invalid_argument,
                   "'" + std::string(text) + "' is neither a number nor a range such as 1-100");
  }
  if (range->last - range->first >= seeds_max) {
    return failure(std::errc::invalid_argument,
                   "'" + std::string(text) + "' is more than " + std::to_string(seeds_max) + " seeds");
  }
  return Seeds{.first = range->first, .last = range->last};
}

std::uint64_t Plan::size() const {
  const std::uint64_t count = seeds.last - seeds.first + 1;
  return is_of_scenarios() ? count * kinds.size() : count;
}

Job Plan::at(std::uint64_t place) const {
  const std::uint64_t seed = seeds.first + (is_of_scenarios() ? place / kinds.size() : place);
  Job job = kinds[(is_of_scenarios() ? place : seed) % kinds.size()];
  job.life.seed = seed;
  return job;
}

Sum& Sum::operator+=(const Sum& other) {
  totals += other.totals;
  runs += other.runs;
  events += other.events;
  simulated += other.simulated;
  fingerprint += other.fingerprint;
  return *this;
}

Sum sum_of(std::uint64_t place, const Outcome& outcome) {
  return {.totals = outcome.totals,
          .runs = 1,
          .events = outcome.events,
          .fingerprint = mixed(place, outcome.fingerprint),
          .simulated = outcome.simulated};
}

}  // namespace bellwether::simulation
