#include "measurement.hpp"

namespace bellwether::bench {

void Measurement::on_acknowledged(std::uint64_t messages, TimePoint began, TimePoint now) {
  if (is_within(began)) latency_.add(now - began, messages);
  if (!is_within(now)) return;
  acknowledged_ += messages;
  const auto second = static_cast<std::size_t>((now - from_) / std::chrono::seconds(1));
  if (by_second_.size() <= second) by_second_.resize(second + 1);
  by_second_[second].add(now - began, messages);
}

double Measurement::messages_per_second() const {
  return static_cast<double>(acknowledged_) / std::chrono::duration<double>(length_).count();
}

double Measurement::bytes_per_second(std::size_t message_bytes) const {
  return messages_per_second() * static_cast<double>(message_bytes);
}

std::optional<double> Measurement::cpu_us_per_message(std::chrono::nanoseconds cpu) const {
  if (acknowledged_ == 0) return std::nullopt;
  return std::chrono::duration<double, std::micro>(cpu).count() / static_cast<double>(acknowledged_);
}

// A second without an acknowledgement is one that counts nothing, and none that is left out.
std::vector<Second> Measurement::seconds() const {
  const auto whole = std::chrono::ceil<std::chrono::seconds>(length_);
  std::vector<Second> seconds(static_cast<std::size_t>(whole.count()));
  for (std::size_t i = 0; i < by_second_.size(); ++i) {
    const LatencyHistogram& each = by_second_[i];
    seconds[i] = {each.count(), each.percentile(0.5), each.percentile(0.99), each.max()};
  }
  return seconds;
}

}  // namespace bellwether::bench
