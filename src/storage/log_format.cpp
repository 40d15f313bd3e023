#include "storage/log_format.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

#include "base/assert.hpp"
#include "base/checksum.hpp"
#include "base/little_endian.hpp"

namespace bellwether::storage {
namespace {

constexpr std::size_t record_sum_at = 24;

std::size_t guarded_bytes(RecordKind kind, std::size_t payload_bytes) {
  return kind == RecordKind::append ? std::min(payload_bytes, guarded_payload_bytes) : payload_bytes;
}

// Covers the record's header, with zeros where the sum goes, and the part of its payload that it guards.
std::uint64_t record_sum(FileId file, std::uint64_t position, std::span<const std::byte> header,
                         std::span<const std::byte> payload) {
  std::array<std::byte, record_header_bytes + guarded_bytes_max> guarded{};
  BELLWETHER_ASSERT(payload.size() <= guarded_bytes_max);
  std::memcpy(guarded.data(), header.data(), record_sum_at);
  std::copy_n(payload.begin(), payload.size(), guarded.begin() + record_header_bytes);
  const std::uint64_t seed = static_cast<std::uint64_t>(file) + position;
  return Checksum::of(std::span(guarded).first(record_header_bytes + payload.size()), seed);
}

bool is_possible(RecordKind kind, std::size_t payload_bytes) {
  switch (kind) {
    case RecordKind::promise:
      return payload_bytes == 20;
    case RecordKind::append:
      return payload_bytes >= guarded_payload_bytes && payload_bytes <= payload_bytes_max;
    case RecordKind::truncate:
      return payload_bytes == truncate_bytes;
    case RecordKind::decided:
      return payload_bytes == 8;
    case RecordKind::lost:
      return payload_bytes == lost_bytes;
    case RecordKind::removed:
    case RecordKind::mark:
      return payload_bytes == 0;
    case RecordKind::opening:
      return payload_bytes == opening_bytes || payload_bytes == opening_bytes_oldest;
    case RecordKind::ending:
      return payload_bytes == ending_bytes;
    case RecordKind::compact:
    case RecordKind::install:
      return payload_bytes == base_mark_bytes;
  }
  return false;
}

Ballot decode_ballot(const std::byte* from) {
  return {.round = load_little_endian<std::uint64_t>(from),
          .priority = load_little_endian<std::uint32_t>(from + 16),
          .id = NodeId{load_little_endian<std::uint64_t>(from + 8)}};
}

Result<replication::Record> decode_append(const Bytes& payload) {
  const Index index = load_little_endian<std::uint64_t>(payload.data());
  auto entry = parse_entry(index, payload.slice(index_bytes, payload.size() - index_bytes));
  if (!entry) return tl::unexpected(std::move(entry.error()));
  if ((*entry)->encoded_bytes != payload.size() - index_bytes) {
    return failure(std::errc::bad_message, "entry " + std::to_string(index) + " is shorter than its record");
  }
  return replication::AppendRecord{.first = index, .entries = {*std::move(entry)}};
}

}  // namespace

std::array<std::byte, record_header_bytes> encode_record_header(FileId file, std::uint64_t position,
                                                                const RecordHeader& header,
                                                                std::span<const std::byte> payload) {
  BELLWETHER_ASSERT(is_possible(header.kind, header.payload_bytes));
  BELLWETHER_ASSERT(header.synced_to <= position);
  const std::size_t guarded = guarded_bytes(header.kind, header.payload_bytes);
  BELLWETHER_ASSERT(payload.size() >= guarded);
  std::array<std::byte, record_header_bytes> bytes{};
  std::memcpy(bytes.data(), record_mark.data(), record_mark.size());
  store_little_endian(bytes.data() + 4, static_cast<std::uint32_t>(header.kind));
  store_little_endian(bytes.data() + 8, header.payload_bytes);
  store_little_endian(bytes.data() + 16, header.synced_to);
  store_little_endian(bytes.data() + record_sum_at,
                      record_sum(file, position, bytes, payload.first(guarded)));
  return bytes;
}

std::optional<RecordHeader> decode_record_header(FileId file, std::uint64_t position,
                                                 std::span<const std::byte> bytes) {
  if (bytes.size() < record_header_bytes) return {};
  if (std::memcmp(bytes.data(), record_mark.data(), record_mark.size()) != 0) return {};
  const RecordHeader header{.kind = RecordKind{load_little_endian<std::uint32_t>(bytes.data() + 4)},
                            .payload_bytes = load_little_endian<std::uint32_t>(bytes.data() + 8),
                            .synced_to = load_little_endian<std::uint64_t>(bytes.data() + 16)};
  if (!is_possible(header.kind, header.payload_bytes)) return {};
  const std::size_t guarded = guarded_bytes(header.kind, header.payload_bytes);
  if (bytes.size() < record_header_bytes + guarded) return {};
  if (header.synced_to > position) return {};
  const std::uint64_t sum = record_sum(file, position, bytes, bytes.subspan(record_header_bytes, guarded));
  if (load_little_endian<std::uint64_t>(bytes.data() + record_sum_at) != sum) return {};
  return header;
}

Result<replication::Record> decode_payload(RecordKind kind, const Bytes& payload) {
  const std::byte* from = payload.data();
  switch (kind) {
    case RecordKind::promise:
      return replication::PromiseRecord{decode_ballot(from)};
    case RecordKind::append:
      return decode_append(payload);
    case RecordKind::truncate:
      return replication::TruncateRecord{load_little_endian<std::uint64_t>(from)};
    case RecordKind::decided:
      return replication::DecidedRecord{load_little_endian<std::uint64_t>(from)};
    case RecordKind::lost:
      return replication::LostRecord{
          {.ballot = decode_ballot(from), .index = load_little_endian<std::uint64_t>(from + 20)}};
    case RecordKind::removed:
    case RecordKind::mark:
    case RecordKind::opening:
    case RecordKind::ending:
    case RecordKind::compact:
    case RecordKind::install:
      break;
  }
  BELLWETHER_ASSERT(kind == RecordKind::removed);
  return replication::RemovedRecord{};
}

}  // namespace bellwether::storage
