#include "node/message_slices.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "base/little_endian.hpp"

namespace bellwether::node {
namespace {

constexpr std::size_t prefix_bytes = 4;

// The pieces of the entry's bytes behind its header and its group headers.
std::vector<Bytes> message_pieces(const Entry& entry) {
  const auto& batch = std::get<Batch>(entry.content);
  std::size_t skip = entry_header_bytes + prefix_bytes + batch.groups.size() * group_header_bytes;
  std::vector<Bytes> pieces;
  for (const auto& piece : entry.encoded) {
    const auto cut = std::min(skip, piece.size());
    skip -= cut;
    if (cut < piece.size()) pieces.push_back(piece.slice(cut, piece.size() - cut));
  }
  return pieces;
}

// Bytes of the message at `at`, its prefix included; none: the piece ends within it.
std::optional<std::size_t> message_size(const Bytes& piece, std::size_t at) {
  if (piece.size() - at < prefix_bytes) return std::nullopt;
  const auto size = prefix_bytes + load_little_endian<std::uint32_t>(piece.data() + at);
  return size <= piece.size() - at ? std::optional(size) : std::nullopt;
}

// What one piece contributes to a slice; false: a message crosses the piece's end.
class Slicer {
 public:
  Slicer(std::uint32_t skip, std::uint32_t count_max, std::size_t bytes_max)
      : skip_(skip), count_max_(count_max), bytes_max_(bytes_max) {}

  bool take_from(const Bytes& piece) {
    std::size_t at = 0;
    std::size_t begin = 0;
    while (at < piece.size() && !full_) {
      const auto size = message_size(piece, at);
      if (!size) return false;
      if (skip_ > 0) {
        --skip_;
        begin = at + *size;
      } else {
        count(*size);
      }
      if (!full_) at += *size;
    }
    if (at > begin) slice_.body.push_back(piece.slice(begin, at - begin));
    return true;
  }
  bool full() const { return full_; }
  MessageSlice take() { return std::move(slice_); }

 private:
  void count(std::size_t size) {
    full_ = slice_.count == count_max_ || (slice_.count > 0 && slice_.bytes + size > bytes_max_);
    if (full_) return;
    ++slice_.count;
    slice_.bytes += size;
  }

  std::uint32_t skip_;
  std::uint32_t count_max_;
  std::size_t bytes_max_;
  bool full_ = false;
  MessageSlice slice_;
};

std::optional<MessageSlice> slice_pieces(const std::vector<Bytes>& pieces, Slicer slicer) {
  for (const auto& piece : pieces) {
    if (!slicer.take_from(piece)) return std::nullopt;
    if (slicer.full()) break;
  }
  return slicer.take();
}

}  // namespace

MessageSlice slice_messages(const Entry& entry, std::uint32_t skip, std::uint32_t count_max,
                            std::size_t bytes_max) {
  if (!std::holds_alternative<Batch>(entry.content)) return {};
  const Slicer slicer(skip, count_max, bytes_max);
  if (auto slice = slice_pieces(message_pieces(entry), slicer)) return *std::move(slice);
  return slice_pieces({messages_of(entry)}, slicer).value_or(MessageSlice{});
}

void for_each_message(const std::vector<Bytes>& body, const std::function<void(std::string_view)>& visit) {
  for (const auto& piece : body) {
    std::size_t at = 0;
    while (const auto size = at < piece.size() ? message_size(piece, at) : std::nullopt) {
      visit(piece.text().substr(at + prefix_bytes, *size - prefix_bytes));
      at += *size;
    }
  }
}

}  // namespace bellwether::node
