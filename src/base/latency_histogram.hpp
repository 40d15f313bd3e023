// base/latency_histogram.hpp: how long messages took, as a histogram with a relative error below one part in 128.
// Units:   nanoseconds in, whatever std::chrono wants out; below 128 ns each value has a bucket of its own.
// Threads: one.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace bellwether {

class LatencyHistogram {
 public:
  void add(std::chrono::nanoseconds latency, std::uint64_t times);

  // What that share of all values does not exceed; 0 while there are none. `share` in (0, 1].
  std::chrono::nanoseconds percentile(double share) const;
  std::chrono::nanoseconds max() const { return max_; }
  std::uint64_t count() const { return total_; }

 private:
  static constexpr std::size_t steps_per_octave = 128;
  static constexpr std::size_t octaves = 58;
  static std::size_t bucket_of(std::uint64_t value);
  static std::uint64_t upper_bound_of(std::size_t bucket);

  std::array<std::uint64_t, steps_per_octave * octaves> counts_{};
  std::uint64_t total_ = 0;
  std::chrono::nanoseconds max_{};
};

}  // namespace bellwether
