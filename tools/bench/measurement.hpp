// bench/measurement.hpp: the arithmetic of a run: what counts for the measured time, and the figures made of it.
// Units:   steady_clock; a batch is one append, of so many messages.
// Threads: one. No clock of its own.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/latency_histogram.hpp"

namespace bellwether::bench {

using TimePoint = std::chrono::steady_clock::time_point;

// What was acknowledged within one second of the measured time.
struct Second {
  std::uint64_t acknowledged = 0;
  std::chrono::nanoseconds p50{};
  std::chrono::nanoseconds p99{};
  std::chrono::nanoseconds max{};
};

class Measurement {
 public:
  // The measured time is [from, from + length).
  Measurement(TimePoint from, std::chrono::nanoseconds length) : from_(from), length_(length) {}

  // The rate counts what is acknowledged within the measured time. The latencies are of what began within it, however late
  // its answer came: else a stall at the end would hide what waited in it.
  void on_acknowledged(std::uint64_t messages, TimePoint began, TimePoint now);

  std::uint64_t acknowledged() const { return acknowledged_; }
  double messages_per_second() const;
  double bytes_per_second(std::size_t message_bytes) const;
  std::optional<double> cpu_us_per_message(std::chrono::nanoseconds cpu) const;  // none: no message
  const LatencyHistogram& latency() const { return latency_; }
  std::vector<Second> seconds() const;  // the last one may be shorter

 private:
  bool is_within(TimePoint time) const { return time >= from_ && time - from_ < length_; }

  TimePoint from_;
  std::chrono::nanoseconds length_;
  std::uint64_t acknowledged_ = 0;
  LatencyHistogram latency_;
  std::vector<LatencyHistogram> by_second_;
};

}  // namespace bellwether::bench
