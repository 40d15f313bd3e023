#include "protocol/frame.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/assert.hpp"
#include "protocol/limits.hpp"

namespace bellwether {
namespace {

// Every line fits a chunk, so that a line which a chunk's end cuts is whole in the next one.
constexpr std::size_t chunk_bytes = 64 * limits::kib;
static_assert(chunk_bytes >= limits::header_line_bytes_max);

// With less than this left a read would not be worth its system call.
constexpr std::size_t space_bytes_min = 4 * limits::kib;

Bytes slice_of(const std::shared_ptr<std::byte[]>& bytes, std::size_t from, std::size_t count) {
  return Bytes(bytes, std::span<const std::byte>(bytes.get() + from, count));
}

std::string_view without_carriage_return(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

FrameReader::FrameReader(std::size_t body_bytes_max) : body_bytes_max_(body_bytes_max) {}

void FrameReader::set_body_bytes_max(std::size_t bytes) { body_bytes_max_ = bytes; }

std::span<std::byte> FrameReader::space() {
  if (!frame_ && chunk_.capacity - chunk_.filled < space_bytes_min) make_room();
  Buffer& buffer = body_ ? *body_ : chunk_;
  BELLWETHER_ASSERT(buffer.filled < buffer.capacity);
  return {buffer.bytes.get() + buffer.filled, buffer.capacity - buffer.filled};
}

void FrameReader::grew(std::size_t bytes) {
  Buffer& buffer = body_ ? *body_ : chunk_;
  BELLWETHER_ASSERT(bytes <= buffer.capacity - buffer.filled);
  buffer.filled += bytes;
}

bool FrameReader::is_empty() const { return !frame_ && unread().empty(); }

FrameReader::Next FrameReader::next() {
  if (!frame_) {
    if (auto error = find_line()) return *std::move(error);
    if (!frame_) return std::monostate{};
  }
  if (!body_is_complete()) return std::monostate{};
  return take_frame();
}

FrameReader::Buffer FrameReader::new_buffer(std::size_t capacity, std::span<const std::byte> front) {
  Buffer buffer{std::shared_ptr<std::byte[]>(new std::byte[capacity]), capacity, front.size()};
  if (!front.empty()) std::memcpy(buffer.bytes.get(), front.data(), front.size());
  return buffer;
}

// A line that already starts its chunk stays: a fresh one would have no more room for it.
void FrameReader::make_room() {
  if (chunk_.capacity > 0 && begin_ == 0) return;
  chunk_ = new_buffer(chunk_bytes, unread());
  begin_ = 0;
}

void FrameReader::skip_blank_lines() {
  const auto is_blank = [](std::byte byte) { return byte == std::byte{'\n'} || byte == std::byte{'\r'}; };
  if (scanned_ > 0) return;
  const auto rest = unread();
  const auto first = std::ranges::find_if_not(rest, is_blank);
  begin_ += static_cast<std::size_t>(first - rest.begin());
}

// Opens a frame if its line is complete, and says where its body goes.
std::optional<PacketError> FrameReader::find_line() {
  skip_blank_lines();
  const auto arrived = unread();
  const std::string_view text(reinterpret_cast<const char*>(arrived.data()), arrived.size());
  const std::size_t end = text.find('\n', scanned_);
  scanned_ = std::min(end, text.size());
  if (scanned_ >= limits::header_line_bytes_max) return line_too_long();
  if (end == std::string_view::npos) return std::nullopt;

  const std::string_view line = without_carriage_return(text.substr(0, end));
  auto header = read_header_line(line, body_bytes_max_);
  if (!header) return std::move(header).error();
  frame_ = Frame{slice_of(chunk_.bytes, begin_, line.size()), *std::move(header), {}};
  begin_ += end + 1;
  scanned_ = 0;
  if (begin_ + frame_->header.body_bytes > chunk_.capacity) receive_body_apart();
  return std::nullopt;
}

void FrameReader::receive_body_apart() {
  body_ = new_buffer(frame_->header.body_bytes, unread());
  chunk_.filled = begin_;  // nothing of what was just copied has been sliced
}

bool FrameReader::body_is_complete() const {
  const std::size_t arrived = body_ ? body_->filled : unread().size();
  return arrived >= frame_->header.body_bytes;
}

Frame FrameReader::take_frame() {
  Frame frame = *std::exchange(frame_, std::nullopt);
  const std::size_t size = frame.header.body_bytes;
  if (body_) {
    frame.body = slice_of(body_->bytes, 0, size);
    body_.reset();
  } else if (size > 0) {
    frame.body = slice_of(chunk_.bytes, begin_, size);
    begin_ += size;
  }
  return frame;
}

std::span<const std::byte> FrameReader::unread() const {
  return {chunk_.bytes.get() + begin_, chunk_.filled - begin_};
}

}  // namespace bellwether
