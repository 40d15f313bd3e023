#include "storage/batch_encoder.hpp"

#include <algorithm>
#include <variant>

#include "base/assert.hpp"
#include "base/little_endian.hpp"

namespace bellwether::storage {
namespace {

std::uint64_t payload_bytes(const replication::PromiseRecord&) { return 20; }
std::uint64_t payload_bytes(const replication::TruncateRecord&) { return truncate_bytes; }
std::uint64_t payload_bytes(const replication::DecidedRecord&) { return 8; }
std::uint64_t payload_bytes(const replication::RemovedRecord&) { return 0; }
std::uint64_t payload_bytes(const replication::LostRecord&) { return lost_bytes; }
std::uint64_t payload_bytes(const replication::CompactRecord&) { return base_mark_bytes; }
std::uint64_t payload_bytes(const replication::InstallRecord&) { return base_mark_bytes; }

template <typename T>
std::uint64_t stored_bytes_of(const T& record) {
  return record_header_bytes + payload_bytes(record);
}

std::uint64_t stored_bytes_of(const replication::AppendRecord& record) {
  std::uint64_t sum = 0;
  for (const EntryPtr& entry : record.entries) sum += stored_bytes(*entry);
  return sum;
}

std::array<std::byte, 8> little_endian(std::uint64_t value) {
  std::array<std::byte, 8> bytes;
  store_little_endian(bytes.data(), value);
  return bytes;
}

// A ballot in the first 20 of so many bytes.
template <std::size_t size>
std::array<std::byte, size> encoded(Ballot ballot) {
  std::array<std::byte, size> bytes{};
  store_little_endian(bytes.data(), ballot.round);
  store_little_endian(bytes.data() + 8, number(ballot.id));
  store_little_endian(bytes.data() + 16, ballot.priority);
  return bytes;
}

// What the record's sum guards of an append's payload: the index and the entry's header, wherever its pieces
// are cut.
std::array<std::byte, guarded_payload_bytes> guarded_payload(Index index, const Entry& entry) {
  std::array<std::byte, guarded_payload_bytes> guarded;
  store_little_endian(guarded.data(), index);
  std::size_t filled = index_bytes;
  for (const Bytes& piece : entry.encoded) {
    const std::size_t count = std::min(piece.size(), guarded.size() - filled);
    std::copy_n(piece.data(), count, guarded.data() + filled);
    filled += count;
  }
  BELLWETHER_ASSERT(filled == guarded.size());
  return guarded;
}

}  // namespace

std::uint64_t stored_bytes(const replication::Record& record) {
  return std::visit([](const auto& one) { return stored_bytes_of(one); }, record);
}

std::uint64_t stored_bytes(const Entry& entry) {
  return record_header_bytes + index_bytes + entry.encoded_bytes;
}

void BatchEncoder::add(const replication::Record& record) {
  if (const auto* promise = std::get_if<replication::PromiseRecord>(&record)) {
    add_small(RecordKind::promise, encoded<20>(promise->ballot));
  } else if (const auto* decided = std::get_if<replication::DecidedRecord>(&record)) {
    add_small(RecordKind::decided, little_endian(decided->decided));
  } else if (const auto* lost = std::get_if<replication::LostRecord>(&record)) {
    auto payload = encoded<lost_bytes>(lost->end.ballot);
    store_little_endian(payload.data() + 20, lost->end.index);
    add_small(RecordKind::lost, payload);
  } else {
    BELLWETHER_ASSERT(std::holds_alternative<replication::RemovedRecord>(record));
    add_small(RecordKind::removed, {});
  }
}

void BatchEncoder::add_truncate(Index from, Offset next_offset) {
  std::array<std::byte, truncate_bytes> payload;
  store_little_endian(payload.data(), from);
  store_little_endian(payload.data() + 8, next_offset);
  add_small(RecordKind::truncate, payload);
}

void BatchEncoder::add_base(RecordKind kind, const BaseMark& base) { add_small(kind, encode_base(base)); }

void BatchEncoder::add_mark() { add_small(RecordKind::mark, {}); }

void BatchEncoder::add_opening(const Opening& opening) {
  const auto& payload = openings_.emplace_back(encode_opening(opening));
  const RecordHeader header{
      .kind = RecordKind::opening, .payload_bytes = opening_bytes, .synced_to = synced_to_};
  add_head(header, payload, 0);
  pieces_.push_back(payload);
  end_ += header.bytes();
}

void BatchEncoder::add_ending(FileId next) {
  add_small(RecordKind::ending, little_endian(static_cast<std::uint64_t>(next)));
}

void BatchEncoder::add_entry(Index index, const Entry& entry) {
  BELLWETHER_ASSERT(entry.encoded_bytes <= payload_bytes_max - index_bytes);
  const auto guarded = guarded_payload(index, entry);
  const RecordHeader header{.kind = RecordKind::append,
                            .payload_bytes = static_cast<std::uint32_t>(index_bytes + entry.encoded_bytes),
                            .synced_to = synced_to_};
  add_head(header, guarded, index_bytes);
  for (const Bytes& piece : entry.encoded) pieces_.push_back(piece.span());
  end_ += header.bytes();
}

void BatchEncoder::add_small(RecordKind kind, Piece payload) {
  const RecordHeader header{
      .kind = kind, .payload_bytes = static_cast<std::uint32_t>(payload.size()), .synced_to = synced_to_};
  add_head(header, payload, payload.size());
  end_ += header.bytes();
}

// `copied`: how many bytes of the guarded payload go behind the header; the rest are pieces of their own.
void BatchEncoder::add_head(const RecordHeader& header, Piece guarded, std::size_t copied) {
  auto& head = heads_.emplace_back();
  const auto encoded = encode_record_header(file_, end_, header, guarded);
  std::ranges::copy(encoded, head.begin());
  std::ranges::copy(guarded.first(copied), head.begin() + record_header_bytes);
  pieces_.push_back(Piece(head).first(record_header_bytes + copied));
}

}  // namespace bellwether::storage
