// storage/room_gauge.hpp: how many bytes of records are sure to fit behind what was handed over: in the newest segment,
// and in the one made ahead once that is there. Room that is only promised by the disk does not count, so that a
// full disk is found before a write and never by one (consensus.md S5).
// Units:   bytes of records as they are stored.
// Threads: any.
#pragma once

#include <cstdint>
#include <mutex>

#include "replication/room.hpp"
#include "storage/log_store.hpp"

namespace bellwether::storage {

class RoomGauge {
 public:
  // `spare_bytes`: of records that a segment holds whatever their sizes, the room lost behind the last one before it
  // taken off.
  RoomGauge(const Reserve& reserve, std::uint64_t spare_bytes)
      : reserve_(reserve), spare_bytes_(spare_bytes) {}

  void hand_over(std::uint64_t bytes);  // to the disk thread, in this order
  // Of all bytes handed over so many are written, and the newest segment holds so many more. `goes_on`: it is the
  // one that was made ahead.
  void on_written(std::uint64_t written, std::uint64_t left, bool goes_on = false);
  void on_spare();          // the next segment is there
  void on_spare_missing();  // it was tried, and could not be made

  // With so many bytes more that are about to be handed over.
  replication::Room room(std::uint64_t more) const;
  bool fits(std::uint64_t more) const;  // surely, and leaves what is for small records
  std::uint64_t for_messages() const;   // until there is none

 private:
  std::uint64_t free_with(std::uint64_t more) const;  // mutex_ is held

  const Reserve reserve_;
  const std::uint64_t spare_bytes_;
  mutable std::mutex mutex_;  // guards the following
  std::uint64_t handed_over_ = 0;
  std::uint64_t sure_to_ = 0;  // of what is handed over, without the spare
  bool has_spare_ = false;
  bool is_missing_ = false;
};

}  // namespace bellwether::storage
