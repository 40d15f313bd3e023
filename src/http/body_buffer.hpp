// http/body_buffer.hpp: where a request's body grows, with room for its length in front. A body whose length is known
// is read from the socket straight into its place; one in chunks is put together here.
// Threads: one.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "base/bytes.hpp"

namespace bellwether::http {

class BodyBuffer {
 public:
  void expect(std::size_t bytes);  // of the body, when its length is known
  // Where the rest of an expected body goes; empty: it is whole, or was not expected.
  std::span<std::byte> space() const;
  // More of the body. Bytes that were read into space() stay where they are.
  void add(std::span<const std::byte> bytes);
  std::size_t size() const { return size_; }

  Bytes take();  // the length, then the body; empty afterwards

 private:
  void make_room(std::size_t bytes);
  std::byte* end() const;

  std::shared_ptr<std::byte[]> buffer_;
  std::size_t capacity_ = 0;  // for the body alone
  std::size_t size_ = 0;      // of the body
  bool is_expected_ = false;
};

}  // namespace bellwether::http
