// node/pace.hpp: bounds how many bytes a second go some way: whoever has sent so much waits until that is paid for.
// Up to a tenth of a second's worth goes at once.
// Threads: none, no lock.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace bellwether::node {

class Pace {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Pace(std::uint64_t bytes_per_second) : bytes_per_second_(bytes_per_second) {}

  void sent(std::uint64_t bytes, Clock::time_point now) {
    const std::chrono::duration<double> costs(static_cast<double>(bytes) /
                                              static_cast<double>(bytes_per_second_));
    paid_at_ = std::max(paid_at_, now) + std::chrono::duration_cast<Clock::duration>(costs);
  }
  // When more may go; not after `now`: at once.
  Clock::time_point next() const { return paid_at_ - at_once; }

 private:
  static constexpr std::chrono::milliseconds at_once{100};

  std::uint64_t bytes_per_second_;
  Clock::time_point paid_at_;
};

}  // namespace bellwether::node
