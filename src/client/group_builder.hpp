// client/group_builder.hpp: puts messages together into the body of one append request: each a 4-byte
// little-endian length and its bytes. This is the only copy that a message gets on its way to the socket.
// Threads: one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/bytes.hpp"
#include "protocol/limits.hpp"

namespace bellwether::client {

constexpr std::size_t length_prefix_bytes = 4;
constexpr std::size_t message_bytes_max = limits::client_body_bytes_max - length_prefix_bytes;

class GroupBuilder {
 public:
  void add(std::string_view message);  // at most message_bytes_max

  bool empty() const { return count_ == 0; }
  std::uint32_t count() const { return count_; }
  std::size_t bytes() const { return size_; }  // prefixes included

  Bytes take();  // what was put together; empty afterwards

 private:
  void make_room(std::size_t bytes);

  std::shared_ptr<std::byte[]> buffer_;
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
  std::uint32_t count_ = 0;
  // Of the group before: a fast stream gets its whole buffer at once, a slow one a small one.
  std::size_t usual_bytes_ = 0;
};

}  // namespace bellwether::client
