#include "storage/log_format.hpp"

#include <algorithm>
#include <cstring>
#include <random>
#include <string>
#include <string_view>

#include "base/assert.hpp"
#include "base/checksum.hpp"
#include "base/little_endian.hpp"

namespace bellwether::storage {
namespace {

constexpr std::string_view file_magic = "BELLWLOG";
constexpr std::size_t file_sum_at = 24;
constexpr std::size_t record_sum_at = 24;

// Covers the record's header, with zeros where the sum goes, and the start of its payload.
std::uint64_t record_sum(FileId file, std::uint64_t position, std::span<const std::byte> header,
                         std::span<const std::byte> payload) {
  std::array<std::byte, record_header_bytes + guarded_payload_bytes> guarded{};
  const std::size_t payload_part = std::min(payload.size(), guarded_payload_bytes);
  std::memcpy(guarded.data(), header.data(), record_sum_at);
  std::copy_n(payload.begin(), payload_part, guarded.begin() + record_header_bytes);
  const std::uint64_t seed = static_cast<std::uint64_t>(file) + position;
  return Checksum::of(std::span(guarded).first(record_header_bytes + payload_part), seed);
}

bool is_possible(RecordKind kind, std::size_t payload_bytes) {
  switch (kind) {
    case RecordKind::promise:
      return payload_bytes == 20;
    case RecordKind::append:
      return payload_bytes >= guarded_payload_bytes && payload_bytes <= payload_bytes_max;
    case RecordKind::truncate:
    case RecordKind::decided:
      return payload_bytes == 8;
    case RecordKind::removed:
    case RecordKind::mark:
      return payload_bytes == 0;
  }
  return false;
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

FileId random_file_id() {
  std::random_device random;
  return FileId{(std::uint64_t{random()} << 32) | random()};
}

std::array<std::byte, file_header_bytes> encode_file_header(FileId id) {
  std::array<std::byte, file_header_bytes> header{};
  std::memcpy(header.data(), file_magic.data(), file_magic.size());
  store_little_endian(header.data() + 8, log_version);
  store_little_endian(header.data() + 16, static_cast<std::uint64_t>(id));
  store_little_endian(header.data() + file_sum_at, Checksum::of(std::span(header).first(file_sum_at), 0));
  return header;
}

Result<FileId> decode_file_header(std::span<const std::byte> bytes) {
  if (bytes.size() < file_header_bytes ||
      std::memcmp(bytes.data(), file_magic.data(), file_magic.size()) != 0) {
    return failure(std::errc::bad_message, "it does not start as a log of Bellwether does");
  }
  const auto version = load_little_endian<std::uint32_t>(bytes.data() + 8);
  const auto sum = load_little_endian<std::uint64_t>(bytes.data() + file_sum_at);
  if (sum != Checksum::of(bytes.first(file_sum_at), 0)) {
    return failure(std::errc::bad_message, "its first 32 bytes fail their check");
  }
  if (version != log_version) {
    return failure(std::errc::not_supported, "it has version " + std::to_string(version) +
                                                 " and this program reads version " +
                                                 std::to_string(log_version));
  }
  return FileId{load_little_endian<std::uint64_t>(bytes.data() + 16)};
}

std::array<std::byte, record_header_bytes> encode_record_header(FileId file, std::uint64_t position,
                                                                const RecordHeader& header,
                                                                std::span<const std::byte> payload) {
  BELLWETHER_ASSERT(is_possible(header.kind, header.payload_bytes));
  BELLWETHER_ASSERT(header.synced_to <= position);
  BELLWETHER_ASSERT(payload.size() >= std::min<std::size_t>(header.payload_bytes, guarded_payload_bytes));
  std::array<std::byte, record_header_bytes> bytes{};
  std::memcpy(bytes.data(), record_mark.data(), record_mark.size());
  store_little_endian(bytes.data() + 4, static_cast<std::uint32_t>(header.kind));
  store_little_endian(bytes.data() + 8, header.payload_bytes);
  store_little_endian(bytes.data() + 16, header.synced_to);
  store_little_endian(bytes.data() + record_sum_at, record_sum(file, position, bytes, payload));
  return bytes;
}

std::optional<RecordHeader> decode_record_header(FileId file, std::uint64_t position,
                                                 std::span<const std::byte> bytes) {
  if (bytes.size() < record_header_bytes) return {};
  if (std::memcmp(bytes.data(), record_mark.data(), record_mark.size()) != 0) return {};
  const RecordHeader header{.kind = RecordKind{load_little_endian<std::uint32_t>(bytes.data() + 4)},
                            .payload_bytes = load_little_endian<std::uint32_t>(bytes.data() + 8),
                            .synced_to = load_little_endian<std::uint64_t>(bytes.data() + 16)};
  const std::size_t guarded = std::min<std::size_t>(header.payload_bytes, guarded_payload_bytes);
  if (!is_possible(header.kind, header.payload_bytes) || bytes.size() < record_header_bytes + guarded)
    return {};
  if (header.synced_to > position) return {};
  const std::uint64_t sum = record_sum(file, position, bytes, bytes.subspan(record_header_bytes, guarded));
  if (load_little_endian<std::uint64_t>(bytes.data() + record_sum_at) != sum) return {};
  return header;
}

Result<replication::Record> decode_payload(RecordKind kind, const Bytes& payload) {
  const std::byte* from = payload.data();
  switch (kind) {
    case RecordKind::promise:
      return replication::PromiseRecord{{.round = load_little_endian<std::uint64_t>(from),
                                         .priority = load_little_endian<std::uint32_t>(from + 16),
                                         .id = NodeId{load_little_endian<std::uint64_t>(from + 8)}}};
    case RecordKind::append:
      return decode_append(payload);
    case RecordKind::truncate:
      return replication::TruncateRecord{load_little_endian<std::uint64_t>(from)};
    case RecordKind::decided:
      return replication::DecidedRecord{load_little_endian<std::uint64_t>(from)};
    case RecordKind::removed:
    case RecordKind::mark:
      break;
  }
  BELLWETHER_ASSERT(kind == RecordKind::removed);
  return replication::RemovedRecord{};
}

}  // namespace bellwether::storage
