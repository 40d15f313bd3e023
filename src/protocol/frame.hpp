// protocol/frame.hpp: cuts the stream of one connection into packets. Knows no socket: the connection reads
// into space() and says how much arrived; next() hands out what is complete. A body is read straight into the
// buffer that its slices share for the rest of their lives: nothing is copied but the part of a packet that a
// buffer's end cut.
// Errors:  a line that is no JSON object or too long, or a body over the limit; the stream cannot be followed
//          after that: next() says the same again, so close the connection.
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
  Bytes line;         // without its line break
  HeaderLine header;  // what is in it: decode(header, body)
  Bytes body;
};

class FrameReader {
 public:
  explicit FrameReader(std::size_t body_bytes_max);

  void set_body_bytes_max(std::size_t bytes);  // a link that has said a fitting hello may send more

  std::span<std::byte> space();  // never empty; valid until the next call of any member
  void grew(std::size_t bytes);  // that many of space() are filled now
  bool is_empty() const;         // nothing of a further packet has arrived

  // The next whole packet; nothing while it is incomplete; or the error to answer before closing. Blank lines
  // between packets are skipped. Call it until it has nothing before asking for space() again.
  using Next = std::variant<std::monostate, Frame, PacketError>;
  Next next();

 private:
  struct Buffer {  // [0, filled) has arrived; what is sliced off it is never written again
    std::shared_ptr<std::byte[]> bytes;
    std::size_t capacity = 0;
    std::size_t filled = 0;
  };
  static Buffer new_buffer(std::size_t capacity, std::span<const std::byte> front);

  void make_room();
  void skip_blank_lines();
  std::optional<PacketError> find_line();
  void receive_body_apart();
  bool body_is_complete() const;
  Frame take_frame();
  std::span<const std::byte> unread() const;  // of the chunk

  std::size_t body_bytes_max_;
  Buffer chunk_;
  std::size_t begin_ = 0;       // in the chunk: of the line, or, once that is complete, of the body
  std::size_t scanned_ = 0;     // from begin_: no line break up to here
  std::optional<Frame> frame_;  // has its line and waits for its body
  std::optional<Buffer> body_;  // a body too large for the rest of the chunk
};

}  // namespace bellwether
