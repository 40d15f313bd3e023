#include "storage/retention.hpp"

namespace bellwether::storage {

bool Retention::may_drop_before(const LogPlace& place, std::uint64_t end, std::uint64_t now_ms) const {
  const bool enough_is_left = bytes > 0 && place.position <= end && end - place.position >= bytes;
  const bool is_old =
      age_ms > 0 && place.time_ms > 0 && place.time_ms <= now_ms && now_ms - place.time_ms > age_ms;
  return enough_is_left || is_old;
}

}  // namespace bellwether::storage
