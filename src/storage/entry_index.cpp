#include "storage/entry_index.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace bellwether::storage {

const EntryLocation& EntryIndex::at(Index index) const {
  BELLWETHER_ASSERT(index >= 1);
  BELLWETHER_ASSERT(index <= last());
  return locations_[index - 1];
}

Index EntryIndex::index_of(Offset offset) const {
  BELLWETHER_ASSERT(offset < next_offset_);
  // Entries without messages have the offset of the next one that brings some, so the last that fits is the
  // one.
  const auto behind = std::ranges::upper_bound(locations_, offset, {}, &EntryLocation::offset);
  return static_cast<Index>(behind - locations_.begin());
}

void EntryIndex::append(std::uint64_t position, std::uint32_t bytes, std::uint32_t message_count) {
  locations_.push_back({.position = position, .bytes = bytes, .offset = next_offset_});
  next_offset_ += message_count;
}

void EntryIndex::truncate(Index from) {
  BELLWETHER_ASSERT(from >= 1);
  if (from > last()) return;
  next_offset_ = at(from).offset;
  locations_.resize(from - 1);
}

}  // namespace bellwether::storage
