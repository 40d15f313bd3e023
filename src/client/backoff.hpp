// client/backoff.hpp: how long to wait before the next attempt: exponential with full jitter, so that the
// clients of a dead leader do not all come back in the same millisecond.
// Threads: one. No clock; the generator is seeded by the caller.
#pragma once

#include <chrono>
#include <cstdint>
#include <random>

namespace bellwether::client {

class Backoff {
 public:
  struct Range {
    std::chrono::milliseconds first;    // the longest that the first wait can be
    std::chrono::milliseconds longest;  // and any wait
  };
  Backoff(Range range, std::uint64_t seed);

  // Uniform in [0, ceiling]; the ceiling doubles with each call, up to longest.
  std::chrono::milliseconds next();
  void reset();  // something worked: the next wait is short again

 private:
  Range range_;
  std::chrono::milliseconds ceiling_;
  std::mt19937_64 random_;
};

}  // namespace bellwether::client
