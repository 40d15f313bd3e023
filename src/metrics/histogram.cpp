#include "metrics/histogram.hpp"

#include <algorithm>
#include <iterator>

namespace bellwether::metrics {

Histogram::Histogram(const std::vector<double>& bounds) : bounds_(bounds), histogram_(bounds) {}

void Histogram::observe(double value, std::uint64_t times) {
  if (times == 1) return histogram_.Observe(value);
  std::vector<double> increments(bounds_.size() + 1);
  const auto bucket = std::distance(bounds_.begin(), std::ranges::lower_bound(bounds_, value));
  increments[static_cast<std::size_t>(bucket)] = static_cast<double>(times);
  histogram_.ObserveMultiple(increments, value * static_cast<double>(times));
}

std::vector<double> exponential_bounds(double first, double factor, std::size_t count) {
  std::vector<double> bounds;
  for (double bound = first; bounds.size() < count; bound *= factor) bounds.push_back(bound);
  return bounds;
}

}  // namespace bellwether::metrics
