// transport/output_queue.hpp: what waits to be written to one socket. Header lines are copied together into
// large pieces, bodies stay where they are, so that one gathered write carries hundreds of small answers.
// Threads: the I/O thread.
#pragma once

#include <asio/buffer.hpp>
#include <cstddef>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "protocol/codec.hpp"

namespace bellwether::transport {

class OutputQueue {
 public:
  void push(EncodedPacket packet);
  bool is_empty() const { return pieces_.empty(); }
  std::size_t bytes() const { return bytes_; }  // pushed and not written

  // The front of the queue, for one gathered write. Valid until written(), whatever is pushed
  // meanwhile.
  std::span<const asio::const_buffer> take_buffers();
  void written(std::size_t bytes);  // that many of what take_buffers() returned have gone out

 private:
  struct Piece {
    std::string text;  // of our own,
    Bytes shared;      // or somebody's
    const void* data() const;
    std::size_t size() const { return text.size() + shared.size(); }
  };

  void push_copy(std::string_view text);

  std::deque<Piece> pieces_;
  std::size_t taken_ = 0;  // pieces from the front that a write under way refers to: they must not grow
  std::size_t front_written_ = 0;  // bytes of the front piece that are out
  std::size_t bytes_ = 0;
  std::vector<asio::const_buffer> buffers_;
};

}  // namespace bellwether::transport
