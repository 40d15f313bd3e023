#include "protocol/entry.hpp"

#include <array>
#include <cstring>
#include <numeric>
#include <string_view>
#include <utility>

#include "base/assert.hpp"
#include "base/checksum.hpp"
#include "protocol/entry_body.hpp"
#include "protocol/entry_fields.hpp"
#include "protocol/limits.hpp"

namespace bellwether {
namespace {

constexpr std::uint8_t entry_version = 1;
constexpr std::size_t sum_at = 40;
static_assert(sum_at + sizeof(std::uint64_t) == entry_header_bytes);

struct Header {
  std::uint32_t body_bytes = 0;
  std::uint8_t version = 0;
  std::uint8_t kind = 0;
  std::uint16_t flags = 0;
  Ballot ballot;
  std::uint32_t reserved = 0;
  std::uint64_t time_ms = 0;
  std::uint64_t sum = 0;
};

void write_header(FieldWriter& out, const Header& header) {
  out.put(header.body_bytes);
  out.put(header.version);
  out.put(header.kind);
  out.put(header.flags);
  out.put(header.ballot.round);
  out.put(number(header.ballot.id));
  out.put(header.ballot.priority);
  out.put(header.reserved);
  out.put(header.time_ms);
  out.put(header.sum);
}

Header read_header(std::span<const std::byte> bytes) {
  FieldReader in(bytes);
  Header header;
  header.body_bytes = in.take<std::uint32_t>();
  header.version = in.take<std::uint8_t>();
  header.kind = in.take<std::uint8_t>();
  header.flags = in.take<std::uint16_t>();
  header.ballot.round = in.take<std::uint64_t>();
  header.ballot.id = NodeId{in.take<std::uint64_t>()};
  header.ballot.priority = in.take<std::uint32_t>();
  header.reserved = in.take<std::uint32_t>();
  header.time_ms = in.take<std::uint64_t>();
  header.sum = in.take<std::uint64_t>();
  return header;
}

std::size_t size_of(const std::vector<Bytes>& pieces) {
  return std::accumulate(pieces.begin(), pieces.end(), std::size_t{0},
                         [](std::size_t sum, const Bytes& piece) { return sum + piece.size(); });
}

std::uint64_t sum_of(Index index, std::string_view head, const std::vector<Bytes>& messages) {
  Checksum sum(index);
  sum.add(std::as_bytes(std::span(head)));
  for (const Bytes& piece : messages) sum.add(piece.span());
  return sum.value();
}

// Of an entry as it was received: its sum field counts as 0.
std::uint64_t sum_of(Index index, std::span<const std::byte> entry) {
  std::array<std::byte, entry_header_bytes> header{};
  std::memcpy(header.data(), entry.data(), sum_at);
  Checksum sum(index);
  sum.add(header);
  sum.add(entry.subspan(entry_header_bytes));
  return sum.value();
}

tl::unexpected<Error> bad_entry(Index index, std::errc code, std::string_view what) {
  return failure(code, "entry " + std::to_string(index) + ": " + std::string(what));
}

}  // namespace

std::uint32_t Entry::message_count() const {
  const auto* batch = std::get_if<Batch>(&content);
  if (batch == nullptr) return 0;
  return std::accumulate(batch->groups.begin(), batch->groups.end(), std::uint32_t{0},
                         [](std::uint32_t messages, const Group& group) { return messages + group.count; });
}

EntryPtr make_entry(Index index, Ballot ballot, std::uint64_t time_ms, EntryContent content,
                    std::vector<Bytes> messages) {
  const auto* batch = std::get_if<Batch>(&content);
  const std::size_t message_bytes = size_of(messages);
  BELLWETHER_ASSERT(message_bytes == (batch == nullptr ? 0 : message_bytes_of(*batch)));

  FieldWriter head;
  const auto kind = static_cast<std::uint8_t>(content.index());
  write_header(head, {.version = entry_version, .kind = kind, .ballot = ballot, .time_ms = time_ms});
  write_entry_body(head, content);
  const std::size_t encoded_bytes = head.bytes().size() + message_bytes;
  BELLWETHER_ASSERT(encoded_bytes <= limits::entry_bytes_max);
  head.overwrite(0, static_cast<std::uint32_t>(encoded_bytes - entry_header_bytes));
  const std::uint64_t sum = sum_of(index, head.bytes(), messages);
  head.overwrite(sum_at, sum);

  messages.insert(messages.begin(), Bytes::copy_of(head.bytes()));
  return std::make_shared<const Entry>(
      Entry{ballot, time_ms, sum, std::move(content), std::move(messages), encoded_bytes});
}

Result<EntryPtr> parse_entry(Index index, const Bytes& bytes) {
  if (bytes.size() < entry_header_bytes)
    return bad_entry(index, std::errc::message_size, "its header is cut short");
  const Header header = read_header(bytes.span().first(entry_header_bytes));
  if (header.version != entry_version) return bad_entry(index, std::errc::not_supported, "unknown version");
  const std::size_t size = entry_header_bytes + header.body_bytes;
  if (size > limits::entry_bytes_max)
    return bad_entry(index, std::errc::illegal_byte_sequence, "larger than any entry");
  if (size > bytes.size()) return bad_entry(index, std::errc::message_size, "its body is cut short");

  const Bytes encoded = bytes.slice(0, size);
  if (sum_of(index, encoded.span()) != header.sum) {
    return bad_entry(index, std::errc::illegal_byte_sequence, "wrong sum: damaged, or not at its own place");
  }
  if (header.flags != 0 || header.reserved != 0)
    return bad_entry(index, std::errc::not_supported, "unknown flag");
  auto content = read_entry_body(header.kind, encoded.span().subspan(entry_header_bytes));
  if (!content)
    return bad_entry(index, std::errc::not_supported, "unknown kind, or a body that does not fit its kind");
  return std::make_shared<const Entry>(
      Entry{header.ballot, header.time_ms, header.sum, *std::move(content), {encoded}, size});
}

EntryPtr parse_unreadable_entry(Index index, const Bytes& bytes) {
  if (bytes.size() < entry_header_bytes) return nullptr;
  const Header header = read_header(bytes.span().first(entry_header_bytes));
  if (header.version != entry_version || header.flags != 0 || header.reserved != 0) return nullptr;
  if (bytes.size() != entry_header_bytes + header.body_bytes) return nullptr;
  if (sum_of(index, bytes.span()) == header.sum) return nullptr;
  Entry entry;
  entry.ballot = header.ballot;
  entry.time_ms = header.time_ms;
  return std::make_shared<const Entry>(std::move(entry));
}

Bytes messages_of(const Entry& entry) {
  const auto* batch = std::get_if<Batch>(&entry.content);
  if (batch == nullptr) return {};
  const std::size_t head_bytes =
      entry_header_bytes + sizeof(std::uint32_t) + batch->groups.size() * group_header_bytes;
  const std::size_t message_bytes = entry.encoded_bytes - head_bytes;
  if (message_bytes == 0) return {};
  if (entry.encoded.size() == 1) return entry.encoded.front().slice(head_bytes, message_bytes);
  if (entry.encoded.size() == 2) return entry.encoded.back();
  std::string joined;
  joined.reserve(message_bytes);
  for (std::size_t i = 1; i < entry.encoded.size(); ++i) joined += entry.encoded[i].text();
  return Bytes::copy_of(joined);
}

}  // namespace bellwether
