// bench/arrivals.hpp: when batches arrive in an open loop: at a fixed rate from a start on, whether or not anybody keeps up.
// Threads: one. No clock of its own.
#pragma once

#include <chrono>
#include <cstdint>

#include "measurement.hpp"

namespace bellwether::bench {

class Arrivals {
 public:
  Arrivals(TimePoint start, double batches_per_second) : start_(start), per_second_(batches_per_second) {}

  // Computed from the count, so that no rounding adds up.
  TimePoint next() const {
    const std::chrono::duration<double> since(static_cast<double>(arrived_) / per_second_);
    return start_ + std::chrono::duration_cast<std::chrono::nanoseconds>(since);
  }
  void take() { arrived_ += 1; }

 private:
  TimePoint start_;
  double per_second_;
  std::uint64_t arrived_ = 0;
};

}  // namespace bellwether::bench
