#include "storage/record_reader.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <variant>

#include "base/assert.hpp"
#include "base/little_endian.hpp"

namespace bellwether::storage {
namespace {

constexpr std::size_t front_bytes = record_header_bytes + guarded_bytes_max;

bool is_of_the_core(RecordKind kind) { return kind < RecordKind::mark || kind == RecordKind::lost; }

}  // namespace

const EntryPtr* StoredRecord::entry() const {
  const auto* append = record ? std::get_if<replication::AppendRecord>(&*record) : nullptr;
  return append == nullptr ? nullptr : &append->entries.front();
}

Index StoredRecord::index() const {
  BELLWETHER_ASSERT(header.kind == RecordKind::append || header.kind == RecordKind::truncate);
  return load_little_endian<std::uint64_t>(payload.data());
}

Offset StoredRecord::next_offset_after_truncation() const {
  BELLWETHER_ASSERT(header.kind == RecordKind::truncate);
  return load_little_endian<std::uint64_t>(payload.data() + 8);
}

FileId StoredRecord::next_file() const {
  BELLWETHER_ASSERT(header.kind == RecordKind::ending);
  return FileId{load_little_endian<std::uint64_t>(payload.data())};
}

std::optional<BaseMark> StoredRecord::base() const {
  BELLWETHER_ASSERT(moves_base());
  return decode_base(payload.span());
}

// Without the record: whether its payload is what the core knows is not looked at.
Result<std::optional<StoredRecord>> RecordReader::read() {
  const std::uint64_t in_file = position_ - segment_.start;
  const auto front = view_(in_file, front_bytes);
  if (!front) return tl::unexpected(front.error());
  const auto header = decode_record_header(segment_.file, position_, front->span());
  if (!header) return std::nullopt;
  auto payload = view_(in_file + record_header_bytes, header->payload_bytes);
  if (!payload) return tl::unexpected(payload.error());
  if (payload->size() < header->payload_bytes) return std::nullopt;
  return StoredRecord{.position = position_, .header = *header, .payload = *std::move(payload), .record = {}};
}

Result<std::optional<StoredRecord>> RecordReader::next() {
  auto stored = read();
  if (!stored || !*stored) return stored;
  StoredRecord& found = **stored;
  if (is_of_the_core(found.header.kind)) {
    auto record = decode_payload(found.header.kind, found.payload);
    if (!record) return std::nullopt;  // the header is whole and the entry behind it is not
    found.record = *std::move(record);
  }
  position_ = found.end();
  return stored;
}

Result<std::optional<UnreadableEntry>> RecordReader::unreadable_entry() {
  const auto stored = read();
  if (!stored) return tl::unexpected(stored.error());
  if (!*stored || (*stored)->header.kind != RecordKind::append) return std::nullopt;
  const Index index = (*stored)->index();
  const Bytes& payload = (*stored)->payload;
  auto entry = parse_unreadable_entry(index, payload.slice(index_bytes, payload.size() - index_bytes));
  if (!entry) return std::nullopt;
  return UnreadableEntry{
      .position = position_, .end = (*stored)->end(), .index = index, .entry = std::move(entry)};
}

// Looks at every byte: the size of what is broken cannot be relied on. Messages that look like records do no harm, as
// their sums would have to fit a random file id and their place.
Result<bool> RecordReader::skip_to_next() {
  constexpr std::size_t part_bytes = 256 * 1024;
  for (std::uint64_t at = position_ + 1;; at += part_bytes) {
    const auto part = view_(at - segment_.start, part_bytes + front_bytes - 1);
    if (!part) return tl::unexpected(part.error());
    const std::string_view text = part->text();
    const std::size_t candidates = std::min(part_bytes, text.size());
    for (auto found = text.find(record_mark); found < candidates; found = text.find(record_mark, found + 1)) {
      if (!decode_record_header(segment_.file, at + found, part->span().subspan(found))) continue;
      position_ = at + found;
      return true;
    }
    if (text.size() < part_bytes) return false;
  }
}

}  // namespace bellwether::storage
