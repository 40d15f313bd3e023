#include "client/group_builder.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/assert.hpp"
#include "base/little_endian.hpp"

namespace bellwether::client {

void GroupBuilder::add(std::string_view message) {
  BELLWETHER_ASSERT(message.size() <= message_bytes_max);
  make_room(length_prefix_bytes + message.size());
  store_little_endian(buffer_.get() + size_, static_cast<std::uint32_t>(message.size()));
  size_ += length_prefix_bytes;
  if (!message.empty()) std::memcpy(buffer_.get() + size_, message.data(), message.size());
  size_ += message.size();
  count_ += 1;
}

Bytes GroupBuilder::take() {
  usual_bytes_ = size_;
  const std::span<const std::byte> view(buffer_.get(), size_);
  Bytes taken(std::exchange(buffer_, nullptr), view);
  capacity_ = 0;
  size_ = 0;
  count_ = 0;
  return taken;
}

void GroupBuilder::make_room(std::size_t bytes) {
  if (size_ + bytes <= capacity_) return;
  const std::size_t capacity = std::max({size_ + bytes, 2 * capacity_, usual_bytes_ + usual_bytes_ / 8});
  std::shared_ptr<std::byte[]> larger(new std::byte[capacity]);
  if (size_ > 0) std::memcpy(larger.get(), buffer_.get(), size_);
  buffer_ = std::move(larger);
  capacity_ = capacity;
}

}  // namespace bellwether::client
