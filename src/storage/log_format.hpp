// storage/log_format.hpp: the log's records byte by byte: their headers, payloads and what guards them.
// docs/storage.md shows the same with an example; all integers are little-endian.
//
// Record header, 32 bytes, at any position, records close together:
//    0  "BWR1"   4  u32 kind   8  u32 payload_bytes   12  u32 reserved (0)   16  u64 synced_to   24  u64 sum
// Payloads:
//    promise   u64 round, u64 id, u32 priority        truncate  u64 from, u64 offset of the next message then
//    append    u64 index, the encoded entry           decided   u64 decided
//    removed   nothing                                mark      nothing
//    opening   segment_format.hpp                     ending    u64 file id of the next segment
//    compact, install   u64 base index, u64 round, u64 id, u32 priority, u32 0, u64 offset of the next message
// A compact drops the entries up to the base, an install all of them; the state behind it is in the checkpoint of
// that index (checkpoint_file.hpp).
//    lost      as promise, u64 index
//
// sum is XXH3-64, seeded with the segment's file id + the position in the log, over the header (with sum = 0)
// and the payload; of an append's payload over the first 56 bytes alone, up to the end of its entry's header,
// which holds the entry's own sum over the rest. So no message is hashed a second time here, and still no bit
// is outside of a sum.
//
// synced_to: everything before that position of the log was durable when this record was written. Recovery
// decides by it what may be an unfinished write and what must be damage. A mark says only that.
//
// Threads: no state; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "protocol/entry.hpp"
#include "protocol/limits.hpp"
#include "replication/record.hpp"
#include "storage/segment_format.hpp"

namespace bellwether::storage {

constexpr std::size_t record_header_bytes = 32;
constexpr std::size_t index_bytes = 8;  // in front of an append's entry
constexpr std::size_t truncate_bytes = 16;
constexpr std::size_t lost_bytes = 28;
constexpr std::size_t guarded_payload_bytes = index_bytes + entry_header_bytes;
// A longer entry could not travel either.
constexpr std::size_t payload_bytes_max = limits::peer_body_bytes_max;
inline constexpr std::string_view record_mark = "BWR1";

// Every other payload is shorter, and guarded as a whole.
constexpr std::size_t guarded_bytes_max = opening_bytes;
constexpr std::size_t ending_record_bytes = record_header_bytes + ending_bytes;

enum class RecordKind : std::uint32_t {
  promise = 1,
  append,
  truncate,
  decided,
  removed,
  mark,
  opening,
  ending,
  compact,
  install,
  lost
};

struct RecordHeader {
  RecordKind kind = RecordKind::mark;
  std::uint32_t payload_bytes = 0;
  std::uint64_t synced_to = 0;

  std::uint64_t bytes() const { return record_header_bytes + payload_bytes; }  // of the whole record
};

// `payload`: at least the part of it that the sum guards.
std::array<std::byte, record_header_bytes> encode_record_header(FileId file, std::uint64_t position,
                                                                const RecordHeader& header,
                                                                std::span<const std::byte> payload);

// `bytes`: what the file holds from `position` on, at least header and guarded payload if there is that much.
// None: no record starts there, or a damaged one.
std::optional<RecordHeader> decode_record_header(FileId file, std::uint64_t position,
                                                 std::span<const std::byte> bytes);

// The record of a payload whose header was valid; only of the kinds that the core knows. An append has one
// entry, which shares `payload`.
// Errors: an entry that fails its own check.
Result<replication::Record> decode_payload(RecordKind kind, const Bytes& payload);

}  // namespace bellwether::storage
