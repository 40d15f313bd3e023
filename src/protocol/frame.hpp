// protocol/frame.hpp: cuts the stream of one connection into packets. Knows no socket: the connection reads into
// space() and says how much arrived; next() hands out what is complete. A body is read straight into the buffer that
// its slices share for the rest of their lives: nothing is copied but the part of a packet that a buffer's end cut.
// Errors: an over-long line, or a body over the limit; the stream cannot be followed after that, so close it.
// Threads: one.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include "base/bytes.hpp"
#include "protocol/codec.hpp"

namespace bellwether {

struct Frame {
  Bytes line;  // without its line break
  Bytes body;
};

class FrameReader {
 public:
  explicit FrameReader(std::size_t body_bytes_max);

  void set_body_bytes_max(std::size_t bytes);  // a link that has said a fitting hello may send more

  std::span<std::byte> space();  // never empty; valid until the next call of any member
  void grew(std::size_t bytes);  // that many of space() are filled now

  // The next whole packet; nothing while it is incomplete; or the error to answer before closing.
  using Next = std::variant<std::monostate, Frame, PacketError>;
  Next next();

 private:
  void make_room(std::size_t bytes);

  std::size_t body_bytes_max_;
  std::shared_ptr<std::byte[]> buffer_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;    // of the packet that is being received
  std::size_t end_ = 0;      // of what has arrived
  std::size_t scanned_ = 0;  // from begin_: no line break up to here
  std::optional<std::size_t> line_bytes_;  // of the current packet's line, once it is complete
  std::size_t body_bytes_ = 0;
};

}  // namespace bellwether
