#include "storage/room_gauge.hpp"

#include <algorithm>

namespace bellwether::storage {

void RoomGauge::hand_over(std::uint64_t bytes) {
  const std::scoped_lock lock(mutex_);
  handed_over_ += bytes;
}

void RoomGauge::on_written(std::uint64_t written, std::uint64_t left, bool goes_on) {
  const std::scoped_lock lock(mutex_);
  sure_to_ = written + left;
  if (goes_on) has_spare_ = is_missing_ = false;
}

void RoomGauge::on_spare() {
  const std::scoped_lock lock(mutex_);
  has_spare_ = true;
  is_missing_ = false;
}

void RoomGauge::on_spare_missing() {
  const std::scoped_lock lock(mutex_);
  has_spare_ = false;
  is_missing_ = true;
}

std::uint64_t RoomGauge::free_with(std::uint64_t more) const {
  const std::uint64_t sure_to = sure_to_ + (has_spare_ ? spare_bytes_ : 0);
  return sure_to - std::min(sure_to, handed_over_ + more);
}

replication::Room RoomGauge::room(std::uint64_t more) const {
  const std::scoped_lock lock(mutex_);
  if (!is_missing_) return replication::Room::enough;
  const std::uint64_t free = free_with(more);
  if (free < reserve_.small_records + reserve_.one_step) return replication::Room::none;
  if (free < reserve_.small_records + reserve_.one_step + reserve_.begun) return replication::Room::low;
  return replication::Room::enough;
}

bool RoomGauge::fits(std::uint64_t more) const {
  const std::scoped_lock lock(mutex_);
  return free_with(more) >= reserve_.small_records;
}

std::uint64_t RoomGauge::for_messages() const {
  const std::scoped_lock lock(mutex_);
  const std::uint64_t free = free_with(0);
  return free - std::min(free, reserve_.small_records + reserve_.one_step + reserve_.begun);
}

}  // namespace bellwether::storage
