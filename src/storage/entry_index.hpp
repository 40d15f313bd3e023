// storage/entry_index.hpp: where each entry of the log is in its file, and which messages it brings: by
// index and by offset. 24 bytes an entry in this first form, kept in memory.
// Threads: one.
#pragma once

#include <cstdint>
#include <vector>

#include "protocol/ids.hpp"

namespace bellwether::storage {

struct EntryLocation {
  std::uint64_t position = 0;  // of the encoded entry in the file
  std::uint32_t bytes = 0;     // encoded
  Offset offset = 0;           // of its first message, or of the next message if it brings none
};

class EntryIndex {
 public:
  Index last() const { return locations_.size(); }
  Offset next_offset() const { return next_offset_; }
  const EntryLocation& at(Index index) const;  // 1 <= index <= last()
  Index index_of(Offset offset) const;  // of the entry that brings that message; offset < next_offset()

  void append(std::uint64_t position, std::uint32_t bytes, std::uint32_t message_count);  // entry last() + 1
  void truncate(Index from);

 private:
  std::vector<EntryLocation> locations_;
  Offset next_offset_ = 0;
};

}  // namespace bellwether::storage
