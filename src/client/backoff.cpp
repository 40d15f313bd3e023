#include "client/backoff.hpp"

#include <algorithm>

namespace bellwether::client {

Backoff::Backoff(Range range, std::uint64_t seed) : range_(range), ceiling_(range.first), random_(seed) {}

std::chrono::milliseconds Backoff::next() {
  std::uniform_int_distribution<std::chrono::milliseconds::rep> wait(0, ceiling_.count());
  ceiling_ = std::min(ceiling_ * 2, range_.longest);
  return std::chrono::milliseconds(wait(random_));
}

void Backoff::reset() { ceiling_ = range_.first; }

}  // namespace bellwether::client
