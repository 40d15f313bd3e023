// storage/unplaced_entries.hpp: the entries behind one that cannot be read, which a checkpoint covers: they are whole,
// but how many messages the unreadable one brought nobody knows, so nor do they know their offsets, until the
// checkpoint's own entry is reached. Those between two unreadable ones never have a place, and are not found by it.
// Bounds:  some 200 bytes for each entry up to the checkpoint's.
// Threads: one.
#pragma once

#include <cstdint>
#include <vector>

#include "protocol/entry.hpp"
#include "storage/log_map.hpp"

namespace bellwether::storage {

class UnplacedEntries {
 public:
  bool is_empty() const { return !is_open_; }  // every entry is in the map

  void add_unreadable(LogMap& map, Index index, const Entry& entry, std::uint64_t position);
  void add(Index index, const Entry& entry, std::uint64_t position);  // behind an unreadable one
  void place(LogMap& map, Offset next_offset);  // which the message behind the last of them gets
  void truncate(LogMap& map, Index from, Offset next_offset);
  void give_up(LogMap& map);  // the map knows that they are there, and no more
  void clear();

 private:
  struct Unplaced {
    Index index = 0;
    Entry entry;  // without its bytes
    std::uint64_t position = 0;
  };

  bool is_open_ = false;
  std::vector<Unplaced> entries_;
};

}  // namespace bellwether::storage
