// storage/record_reader.hpp: reads the records of one segment one after the other.
// Errors:  of the disk; a place without a valid record is no error here, its meaning is the caller's.
// Threads: one.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "replication/record.hpp"
#include "storage/log_format.hpp"

namespace bellwether::storage {

struct StoredRecord {
  std::uint64_t position = 0;
  RecordHeader header;
  Bytes payload;
  std::optional<replication::Record> record;  // of the kinds that the core knows

  std::uint64_t end() const { return position + header.bytes(); }
  const EntryPtr* entry() const;                // null: not an append
  Index index() const;                          // of an append's entry, or where a truncation begins
  Offset next_offset_after_truncation() const;  // of a truncation
  FileId next_file() const;                     // of an ending
  std::optional<BaseMark> base() const;         // of a compact or an install; none: not as it is written
  bool moves_base() const { return header.kind == RecordKind::compact || header.kind == RecordKind::install; }
};

// An append whose record is whole and whose entry's body is not: its place, index and ballot are certain.
struct UnreadableEntry {
  std::uint64_t position = 0;
  std::uint64_t end = 0;  // behind its record
  Index index = 0;
  EntryPtr entry;  // see parse_unreadable_entry
};

class RecordReader {
 public:
  // Bytes of the file, from a position in the file on; fewer at the end of what may be read.
  using View = std::function<Result<Bytes>(std::uint64_t position, std::size_t count)>;

  RecordReader(const SegmentHeader& segment, std::uint64_t position, View view)
      : segment_(segment), position_(position), view_(std::move(view)) {}

  // None: no valid record starts there, and position() stays.
  Result<std::optional<StoredRecord>> next();
  // Behind a place where none starts: goes to the next one whose header is whole, wherever that is. False: there is
  // none, and position() stays.
  Result<bool> skip_to_next();
  std::uint64_t position() const { return position_; }

  // Where next() found no valid record: whether one like that is what is there; pass() goes on behind it.
  Result<std::optional<UnreadableEntry>> unreadable_entry();
  void pass(const UnreadableEntry& entry) { position_ = entry.end; }

 private:
  Result<std::optional<StoredRecord>> read();

  SegmentHeader segment_;
  std::uint64_t position_;
  View view_;
};

}  // namespace bellwether::storage
