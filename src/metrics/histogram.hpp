// metrics/histogram.hpp: how many observed values were at most as large as each of some bounds.
// Threads: any, it locks.
#pragma once

#include <prometheus/histogram.h>

#include <cstdint>
#include <vector>

namespace bellwether::metrics {

class Histogram {
 public:
  explicit Histogram(const std::vector<double>& bounds);  // ascending; one bucket more takes what is beyond

  void observe(double value, std::uint64_t times = 1);
  prometheus::ClientMetric collect() const { return histogram_.Collect(); }

 private:
  const std::vector<double> bounds_;
  prometheus::Histogram histogram_;
};

// `count` bounds, each `factor` times the one before.
std::vector<double> exponential_bounds(double first, double factor, std::size_t count);

}  // namespace bellwether::metrics
