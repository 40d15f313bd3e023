// storage/batch_encoder.hpp: puts records together for one gathered write. Entries are not copied: the
// pieces point into them, so the records must live until the write is done.
// Threads: one.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "replication/record.hpp"
#include "storage/disk.hpp"
#include "storage/log_format.hpp"

namespace bellwether::storage {

std::uint64_t stored_bytes(const replication::Record& record);  // headers included
std::uint64_t stored_bytes(const Entry& entry);                 // of the record that appends it

class BatchEncoder {
 public:
  BatchEncoder(FileId file, std::uint64_t position, std::uint64_t synced_to)
      : file_(file), end_(position), synced_to_(synced_to) {}

  void add_entry(Index index, const Entry& entry);  // an append is stored as one record for each entry
  void add_truncate(Index from, Offset next_offset);
  void add_base(RecordKind kind, const BaseMark& base);  // a compact or an install
  void add(const replication::Record& record);           // the other kinds
  void add_mark();
  void add_opening(const Opening& opening);
  void add_ending(FileId next);

  std::uint64_t end() const { return end_; }
  const std::vector<Piece>& pieces() const { return pieces_; }

 private:
  static constexpr std::size_t head_payload_bytes_max = base_mark_bytes;  // an opening has room of its own

  void add_small(RecordKind kind, Piece payload);
  void add_head(const RecordHeader& header, Piece guarded, std::size_t copied);

  FileId file_;
  std::uint64_t end_;
  std::uint64_t synced_to_;
  std::vector<Piece> pieces_;
  std::deque<std::array<std::byte, record_header_bytes + head_payload_bytes_max>>
      heads_;  // a deque: they must not move
  std::deque<std::array<std::byte, opening_bytes>> openings_;
};

}  // namespace bellwether::storage
