#include "transport/backoff.hpp"

#include <algorithm>

namespace bellwether::transport {

Backoff::Backoff(std::chrono::milliseconds first, std::chrono::milliseconds most)
    : first_(first), most_(most), step_(first), random_(std::random_device{}()) {}

std::chrono::milliseconds Backoff::next() {
  std::uniform_int_distribution<std::chrono::milliseconds::rep> part(step_.count() / 2, step_.count());
  const std::chrono::milliseconds delay(part(random_));
  step_ = std::min(step_ * 2, most_);
  return delay;
}

void Backoff::reset() { step_ = first_; }

}  // namespace bellwether::transport
