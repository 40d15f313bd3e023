#include "producer/statistics.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace bellwether::producer {
namespace {

double seconds(std::chrono::nanoseconds time) { return std::chrono::duration<double>(time).count(); }
double milliseconds(std::chrono::nanoseconds time) { return 1000 * seconds(time); }

double rate(std::uint64_t messages, std::chrono::nanoseconds time) {
  return time.count() > 0 ? static_cast<double>(messages) / seconds(time) : 0.0;
}

template <typename... Values>
std::string formatted(const char* format, Values... values) {
  std::array<char, 512> text{};
  const int length = std::snprintf(text.data(), text.size(), format, values...);
  return std::string(text.data(), std::min(static_cast<std::size_t>(length), text.size() - 1));
}

using Number = unsigned long long;

}  // namespace

std::string in_words(std::chrono::nanoseconds time) {
  const double ms = milliseconds(time);
  if (ms < 10) return formatted("%.2f ms", ms);
  if (ms < 1000) return formatted("%.0f ms", ms);
  return formatted("%.1f s", ms / 1000);
}

void Statistics::on_acknowledged(const client::Acknowledgement& acknowledgement, TimePoint now) {
  // A gap begins when the last acknowledgement came, or later, when a message began to wait.
  const auto waited = std::chrono::nanoseconds(acknowledgement.latency);
  const auto gap = last_acknowledgement_
                       ? std::min<std::chrono::nanoseconds>(now - *last_acknowledgement_, waited)
                       : waited;
  longest_gap_ = std::max(longest_gap_, gap);
  last_acknowledgement_ = now;
  acknowledged_ += acknowledgement.count;
  latency_.add(acknowledgement.latency, acknowledgement.count);
}

std::string Statistics::progress_line(std::uint64_t sent, TimePoint now) const {
  return formatted("%llu acknowledged, %llu waiting, %.0f/s, p99 %s, leader changes %llu",
                   Number{acknowledged_}, Number{sent - acknowledged_}, rate(acknowledged_, now - start_),
                   in_words(latency_.percentile(0.99)).c_str(), Number{leader_changes()});
}

std::string Statistics::summary(std::uint64_t sent, TimePoint now) const {
  std::string text =
      formatted("sent %llu, acknowledged %llu in %s (%.0f/s)\n", Number{sent}, Number{acknowledged_},
                in_words(now - start_).c_str(), rate(acknowledged_, now - start_));
  text += formatted("latency p50 %s, p99 %s, max %s\n", in_words(latency_.percentile(0.5)).c_str(),
                    in_words(latency_.percentile(0.99)).c_str(), in_words(latency_.max()).c_str());
  text += formatted("leader changes %llu, longest gap between acknowledgements %s\n",
                    Number{leader_changes()}, in_words(longest_gap_).c_str());
  return text;
}

std::string Statistics::summary_json(std::uint64_t sent, TimePoint now) const {
  return formatted(
      "{\"sent\":%llu,\"acknowledged\":%llu,\"seconds\":%.3f,\"rate\":%.1f,\"latency_ms\":{\"p50\":%.3f,"
      "\"p99\":%.3f,"
      "\"max\":%.3f},\"leader_changes\":%llu,\"longest_gap_ms\":%.3f}\n",
      Number{sent}, Number{acknowledged_}, seconds(now - start_), rate(acknowledged_, now - start_),
      milliseconds(latency_.percentile(0.5)), milliseconds(latency_.percentile(0.99)),
      milliseconds(latency_.max()), Number{leader_changes()}, milliseconds(longest_gap_));
}

}  // namespace bellwether::producer
