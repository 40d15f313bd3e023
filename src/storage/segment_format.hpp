// storage/segment_format.hpp: the files that the log consists of: their names, their headers, and the two
// records that tie one to the next. docs/storage.md shows the same byte by byte; integers are little-endian.
//
// Segment header, 64 bytes, written before the file gets its name and never again:
//    0  "BELLWSEG"   8  u32 version   12  u32 reserved (0)   16  u64 log id, random, the same in every segment
//   24  u64 number, from 1   32  u64 file id, random   40  u64 start   48  u64 bytes, of the file
//   56  u64 sum of bytes 0 to 55
// start is the position of the file's first byte in the log: positions go on from segment to segment, so that
// one number names a place in the whole log.
//
// The first record of a segment is its opening: what the log said when the segment began (consensus.md S1), so
// that the newest segment alone tells the stable state. The last one is its end, and names the next file.
//
// Threads: no state; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "protocol/ballot.hpp"
#include "protocol/ids.hpp"
#include "replication/record.hpp"

namespace bellwether::storage {

constexpr std::uint32_t log_version = 4;
constexpr std::uint32_t log_version_oldest = 2;  // reads the same: without bases, damage (3) and resets (4)
constexpr std::size_t segment_header_bytes = 64;
constexpr std::size_t opening_bytes = 200;
constexpr std::size_t opening_bytes_oldest = 168;  // without what was lost
constexpr std::size_t ending_bytes = 8;
constexpr std::size_t base_mark_bytes = 40;

enum class LogId : std::uint64_t {};
enum class FileId : std::uint64_t {};

struct SegmentHeader {
  LogId log{};
  std::uint64_t number = 0;
  FileId file{};
  std::uint64_t start = 0;
  std::uint64_t bytes = 0;

  std::uint64_t records_start() const { return start + segment_header_bytes; }
  std::uint64_t limit() const { return start + bytes; }  // where the next segment starts

  friend bool operator==(const SegmentHeader&, const SegmentHeader&) = default;
};

// An entry and which message it brings first (or would, if it brings none).
struct EntryMark {
  Index index = 0;
  Offset offset = 0;
  std::uint64_t time_ms = 0;

  friend bool operator==(const EntryMark&, const EntryMark&) = default;
};

// Everything up to an entry is dropped (consensus.md, K1). 0: nothing is.
struct BaseMark {
  Index index = 0;
  Ballot ballot;           // of that entry
  Offset next_offset = 0;  // of the first message that is left

  friend bool operator==(const BaseMark&, const BaseMark&) = default;
};

// Everything is as of the segment's start.
struct Opening {
  // The segment before: none (0) for the first one.
  FileId previous_file{};
  std::uint64_t previous_end = 0;  // behind its last record
  EntryMark previous_first;        // the least entry that it appended or dropped

  Ballot promised;
  bool removed = false;
  Index decided = 0;
  BaseMark base;
  Index checkpoint = 0;  // the newest one's; 0: none
  std::uint64_t oldest_segment = 1;
  Index last = 0;
  Ballot last_ballot;
  Offset next_offset = 0;
  replication::LogEnd lost;  // see replication::LostRecord

  friend bool operator==(const Opening&, const Opening&) = default;
};

std::uint64_t random_bits();

std::array<std::byte, segment_header_bytes> encode_segment_header(const SegmentHeader& header);
Result<SegmentHeader> decode_segment_header(std::span<const std::byte> bytes);

std::array<std::byte, opening_bytes> encode_opening(const Opening& opening);
std::optional<Opening> decode_opening(std::span<const std::byte> payload);  // none: not as it is written

std::array<std::byte, base_mark_bytes> encode_base(const BaseMark& base);
std::optional<BaseMark> decode_base(std::span<const std::byte> payload);  // none: not as it is written

std::string segment_name(std::uint64_t number);
std::optional<std::uint64_t> segment_number(std::string_view file);  // none: not the name of a segment

}  // namespace bellwether::storage
