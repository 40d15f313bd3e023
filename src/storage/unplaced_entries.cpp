#include "storage/unplaced_entries.hpp"

#include <numeric>

namespace bellwether::storage {
namespace {

Entry without_bytes(const Entry& entry) {
  Entry kept;
  kept.ballot = entry.ballot;
  kept.time_ms = entry.time_ms;
  if (const std::uint32_t count = entry.message_count(); count > 0) kept.content = Batch{{{.count = count}}};
  return kept;
}

}  // namespace

void UnplacedEntries::add_unreadable(LogMap& map, Index index, const Entry& entry, std::uint64_t position) {
  if (is_open_) {
    give_up(map);
    map.append_unplaced(index, entry);
  } else {
    map.append_unreadable(index, entry, position);
  }
  is_open_ = true;
}

void UnplacedEntries::add(Index index, const Entry& entry, std::uint64_t position) {
  entries_.push_back({.index = index, .entry = without_bytes(entry), .position = position});
}

void UnplacedEntries::place(LogMap& map, Offset next_offset) {
  const Offset messages =
      std::accumulate(entries_.begin(), entries_.end(), Offset{0},
                      [](Offset sum, const Unplaced& one) { return sum + one.entry.message_count(); });
  map.place_next(next_offset - messages);
  for (const Unplaced& one : entries_) map.append(one.index, one.entry, one.position);
  clear();
}

// A truncation says which message comes next.
void UnplacedEntries::truncate(LogMap& map, Index from, Offset next_offset) {
  while (!entries_.empty() && entries_.back().index >= from) entries_.pop_back();
  if (from <= map.last()) {
    clear();
  } else {
    place(map, next_offset);
  }
  map.truncate(from, next_offset);
}

void UnplacedEntries::give_up(LogMap& map) {
  for (const Unplaced& one : entries_) map.append_unplaced(one.index, one.entry);
  entries_.clear();
}

void UnplacedEntries::clear() {
  entries_.clear();
  is_open_ = false;
}

}  // namespace bellwether::storage
