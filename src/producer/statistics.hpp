// producer/statistics.hpp: what happened to the messages, and how it is told.
// Threads: one. No clock of its own.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/latency_histogram.hpp"
#include "client/appender.hpp"

namespace bellwether::producer {

using TimePoint = std::chrono::steady_clock::time_point;

class Statistics {
 public:
  explicit Statistics(TimePoint start) : start_(start) {}

  void on_acknowledged(const client::Acknowledgement& acknowledgement, TimePoint now);
  void on_leader() { leaders_ += 1; }

  std::uint64_t acknowledged() const { return acknowledged_; }

  std::string progress_line(std::uint64_t sent, TimePoint now) const;  // without a line break
  std::string summary(std::uint64_t sent, TimePoint now) const;        // a few lines for people
  std::string summary_json(std::uint64_t sent, TimePoint now) const;   // one line

 private:
  std::uint64_t leader_changes() const { return leaders_ == 0 ? 0 : leaders_ - 1; }

  TimePoint start_;
  std::optional<TimePoint> last_acknowledgement_;
  std::uint64_t acknowledged_ = 0;
  std::uint64_t leaders_ = 0;
  std::chrono::nanoseconds longest_gap_{};  // between acknowledgements, while messages waited for one
  LatencyHistogram latency_;
};

std::string in_words(std::chrono::nanoseconds time);  // "3.2 ms"

}  // namespace bellwether::producer
