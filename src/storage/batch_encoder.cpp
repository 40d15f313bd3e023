#include "storage/batch_encoder.hpp"

#include <algorithm>
#include <variant>

#include "base/assert.hpp"
#include "base/little_endian.hpp"

namespace bellwether::storage {
namespace {

std::uint64_t payload_bytes(const replication::PromiseRecord&) { return 20; }
std::uint64_t payload_bytes(const replication::TruncateRecord&) { return 8; }
std::uint64_t payload_bytes(const replication::DecidedRecord&) { return 8; }
std::uint64_t payload_bytes(const replication::RemovedRecord&) { return 0; }

template <typename T>
std::uint64_t stored_bytes_of(const T& record) {
  return record_header_bytes + payload_bytes(record);
}

std::uint64_t stored_bytes_of(const replication::AppendRecord& record) {
  std::uint64_t sum = 0;
  for (const EntryPtr& entry : record.entries)
    sum += record_header_bytes + index_bytes + entry->encoded_bytes;
  return sum;
}

std::array<std::byte, 8> little_endian(std::uint64_t value) {
  std::array<std::byte, 8> bytes;
  store_little_endian(bytes.data(), value);
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

void BatchEncoder::add(const replication::Record& record) {
  std::visit([this](const auto& one) { add_one(one); }, record);
}

void BatchEncoder::add_mark() { add_small(RecordKind::mark, {}); }

void BatchEncoder::add_one(const replication::PromiseRecord& record) {
  std::array<std::byte, 20> payload;
  store_little_endian(payload.data(), record.ballot.round);
  store_little_endian(payload.data() + 8, number(record.ballot.id));
  store_little_endian(payload.data() + 16, record.ballot.priority);
  add_small(RecordKind::promise, payload);
}

void BatchEncoder::add_one(const replication::AppendRecord& record) {
  Index index = record.first;
  for (const EntryPtr& entry : record.entries) add_entry(index++, *entry);
}

void BatchEncoder::add_one(const replication::TruncateRecord& record) {
  add_small(RecordKind::truncate, little_endian(record.from));
}

void BatchEncoder::add_one(const replication::DecidedRecord& record) {
  add_small(RecordKind::decided, little_endian(record.decided));
}

void BatchEncoder::add_one(const replication::RemovedRecord&) { add_small(RecordKind::removed, {}); }

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
