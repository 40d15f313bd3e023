#include "http/body_buffer.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>

#include "base/assert.hpp"
#include "base/little_endian.hpp"
#include "http/limits.hpp"

namespace bellwether::http {
namespace {

constexpr std::size_t first_capacity = 4096;

}  // namespace

std::byte* BodyBuffer::end() const { return buffer_.get() + limits::message_prefix_bytes + size_; }

void BodyBuffer::expect(std::size_t bytes) {
  make_room(bytes);
  is_expected_ = true;
}

std::span<std::byte> BodyBuffer::space() const {
  if (!is_expected_) return {};
  return {end(), capacity_ - size_};
}

void BodyBuffer::add(std::span<const std::byte> bytes) {
  if (bytes.empty()) return;
  const bool is_in_place = buffer_ && bytes.data() == end();
  if (!is_in_place) {
    make_room(bytes.size());
    std::memcpy(end(), bytes.data(), bytes.size());
  }
  size_ += bytes.size();
  BELLWETHER_ASSERT(size_ <= capacity_);
}

void BodyBuffer::make_room(std::size_t bytes) {
  if (buffer_ && capacity_ - size_ >= bytes) return;
  BELLWETHER_ASSERT(!is_expected_);
  const std::size_t capacity = size_ == 0 ? bytes : std::max({2 * capacity_, size_ + bytes, first_capacity});
  std::shared_ptr<std::byte[]> larger(new std::byte[limits::message_prefix_bytes + capacity]);
  if (size_ > 0) std::memcpy(larger.get() + limits::message_prefix_bytes, end() - size_, size_);
  buffer_ = std::move(larger);
  capacity_ = capacity;
}

Bytes BodyBuffer::take() {
  if (!buffer_) make_room(0);
  store_little_endian(buffer_.get(), static_cast<std::uint32_t>(size_));
  const std::span<const std::byte> whole(buffer_.get(), limits::message_prefix_bytes + size_);
  capacity_ = size_ = 0;
  is_expected_ = false;
  return Bytes(std::exchange(buffer_, nullptr), whole);
}

}  // namespace bellwether::http
