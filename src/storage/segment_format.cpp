#include "storage/segment_format.hpp"

#include <cstring>
#include <random>

#include "base/checksum.hpp"
#include "base/little_endian.hpp"
#include "protocol/entry_fields.hpp"
#include "storage/file_names.hpp"

namespace bellwether::storage {
namespace {

constexpr std::string_view segment_magic = "BELLWSEG";
constexpr std::size_t sum_at = 56;
constexpr std::string_view segment_suffix = ".segment";
constexpr std::uint32_t removed_flag = 1;

void put_ballot(FieldWriter& out, const Ballot& ballot, std::uint32_t beside) {
  out.put(ballot.round);
  out.put(number(ballot.id));
  out.put(ballot.priority);
  out.put(beside);
}

Ballot take_ballot(FieldReader& in, std::uint32_t& beside) {
  Ballot ballot;
  ballot.round = in.take<std::uint64_t>();
  ballot.id = NodeId{in.take<std::uint64_t>()};
  ballot.priority = in.take<std::uint32_t>();
  beside = in.take<std::uint32_t>();
  return ballot;
}

}  // namespace

std::uint64_t random_bits() {
  std::random_device random;
  return (std::uint64_t{random()} << 32) | random();
}

std::array<std::byte, segment_header_bytes> encode_segment_header(const SegmentHeader& header) {
  std::array<std::byte, segment_header_bytes> bytes{};
  std::memcpy(bytes.data(), segment_magic.data(), segment_magic.size());
  store_little_endian(bytes.data() + 8, log_version);
  store_little_endian(bytes.data() + 16, static_cast<std::uint64_t>(header.log));
  store_little_endian(bytes.data() + 24, header.number);
  store_little_endian(bytes.data() + 32, static_cast<std::uint64_t>(header.file));
  store_little_endian(bytes.data() + 40, header.start);
  store_little_endian(bytes.data() + 48, header.bytes);
  store_little_endian(bytes.data() + sum_at, Checksum::of(std::span(bytes).first(sum_at), 0));
  return bytes;
}

Result<SegmentHeader> decode_segment_header(std::span<const std::byte> bytes) {
  if (bytes.size() < segment_header_bytes ||
      std::memcmp(bytes.data(), segment_magic.data(), segment_magic.size()) != 0) {
    return failure(std::errc::bad_message, "it does not start as a segment of Bellwether's log does");
  }
  if (load_little_endian<std::uint64_t>(bytes.data() + sum_at) != Checksum::of(bytes.first(sum_at), 0)) {
    return failure(std::errc::bad_message, "its first 64 bytes fail their check");
  }
  const auto version = load_little_endian<std::uint32_t>(bytes.data() + 8);
  if (version < log_version_oldest || version > log_version) {
    return failure(std::errc::not_supported,
                   "it has version " + std::to_string(version) + " and this program reads versions " +
                       std::to_string(log_version_oldest) + " to " + std::to_string(log_version));
  }
  return SegmentHeader{.log = LogId{load_little_endian<std::uint64_t>(bytes.data() + 16)},
                       .number = load_little_endian<std::uint64_t>(bytes.data() + 24),
                       .file = FileId{load_little_endian<std::uint64_t>(bytes.data() + 32)},
                       .start = load_little_endian<std::uint64_t>(bytes.data() + 40),
                       .bytes = load_little_endian<std::uint64_t>(bytes.data() + 48)};
}

std::array<std::byte, opening_bytes> encode_opening(const Opening& opening) {
  FieldWriter out;
  out.put(static_cast<std::uint64_t>(opening.previous_file));
  out.put(opening.previous_end);
  out.put(opening.previous_first.index);
  out.put(opening.previous_first.offset);
  out.put(opening.previous_first.time_ms);
  put_ballot(out, opening.promised, opening.removed ? removed_flag : 0);
  out.put(opening.decided);
  out.put(opening.base.index);
  put_ballot(out, opening.base.ballot, 0);
  out.put(opening.checkpoint);
  out.put(opening.oldest_segment);
  out.put(opening.last);
  put_ballot(out, opening.last_ballot, 0);
  out.put(opening.next_offset);
  out.put(opening.base.next_offset);
  put_ballot(out, opening.lost.ballot, 0);
  out.put(opening.lost.index);
  std::array<std::byte, opening_bytes> bytes;
  BELLWETHER_ASSERT(out.bytes().size() == bytes.size());
  std::memcpy(bytes.data(), out.bytes().data(), bytes.size());
  return bytes;
}

std::optional<Opening> decode_opening(std::span<const std::byte> payload) {
  FieldReader in(payload);
  Opening opening;
  std::uint32_t flags = 0;
  std::uint32_t zero = 0;
  std::uint32_t also_zero = 0;
  opening.previous_file = FileId{in.take<std::uint64_t>()};
  opening.previous_end = in.take<std::uint64_t>();
  opening.previous_first.index = in.take<std::uint64_t>();
  opening.previous_first.offset = in.take<std::uint64_t>();
  opening.previous_first.time_ms = in.take<std::uint64_t>();
  opening.promised = take_ballot(in, flags);
  opening.removed = (flags & removed_flag) != 0;
  opening.decided = in.take<std::uint64_t>();
  opening.base.index = in.take<std::uint64_t>();
  opening.base.ballot = take_ballot(in, zero);
  opening.checkpoint = in.take<std::uint64_t>();
  opening.oldest_segment = in.take<std::uint64_t>();
  opening.last = in.take<std::uint64_t>();
  opening.last_ballot = take_ballot(in, also_zero);
  opening.next_offset = in.take<std::uint64_t>();
  opening.base.next_offset = in.take<std::uint64_t>();
  std::uint32_t zero_too = 0;
  if (payload.size() > opening_bytes_oldest) {
    opening.lost.ballot = take_ballot(in, zero_too);
    opening.lost.index = in.take<std::uint64_t>();
  }
  if (!in.complete() || (flags & ~removed_flag) != 0 || zero != 0 || also_zero != 0 || zero_too != 0)
    return {};
  return opening;
}

std::array<std::byte, base_mark_bytes> encode_base(const BaseMark& base) {
  FieldWriter out;
  out.put(base.index);
  put_ballot(out, base.ballot, 0);
  out.put(base.next_offset);
  std::array<std::byte, base_mark_bytes> bytes;
  BELLWETHER_ASSERT(out.bytes().size() == bytes.size());
  std::memcpy(bytes.data(), out.bytes().data(), bytes.size());
  return bytes;
}

std::optional<BaseMark> decode_base(std::span<const std::byte> payload) {
  FieldReader in(payload);
  BaseMark base;
  std::uint32_t zero = 0;
  base.index = in.take<std::uint64_t>();
  base.ballot = take_ballot(in, zero);
  base.next_offset = in.take<std::uint64_t>();
  if (!in.complete() || zero != 0) return {};
  return base;
}

std::string segment_name(std::uint64_t number) { return numbered_name(number, segment_suffix); }

std::optional<std::uint64_t> segment_number(std::string_view file) {
  return number_in_name(file, segment_suffix);
}

}  // namespace bellwether::storage
