#include "base/latency_histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace bellwether {

void LatencyHistogram::add(std::chrono::nanoseconds latency, std::uint64_t times) {
  const auto value = static_cast<std::uint64_t>(std::max<std::chrono::nanoseconds::rep>(latency.count(), 0));
  counts_[bucket_of(value)] += times;
  total_ += times;
  max_ = std::max(max_, latency);
}

std::chrono::nanoseconds LatencyHistogram::percentile(double share) const {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(total_)));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < counts_.size(); ++bucket) {
    seen += counts_[bucket];
    const std::chrono::nanoseconds bound(static_cast<std::chrono::nanoseconds::rep>(upper_bound_of(bucket)));
    if (seen >= wanted && seen > 0) return std::min(bound, max_);
  }
  return max_;
}

// The first two octaves hold one value a bucket; from then on an octave [2^n, 2^(n+1)) has 128 equal steps.
std::size_t LatencyHistogram::bucket_of(std::uint64_t value) {
  if (value < steps_per_octave) return value;
  const auto octave = static_cast<std::size_t>(std::bit_width(value)) - std::bit_width(steps_per_octave);
  return octave * steps_per_octave + static_cast<std::size_t>(value >> octave);
}

std::uint64_t LatencyHistogram::upper_bound_of(std::size_t bucket) {
  if (bucket < 2 * steps_per_octave) return bucket;
  const std::size_t octave = bucket / steps_per_octave - 1;
  const std::uint64_t step = bucket % steps_per_octave + steps_per_octave;
  return ((step + 1) << octave) - 1;
}

}  // namespace bellwether
