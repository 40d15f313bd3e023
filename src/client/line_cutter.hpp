// client/line_cutter.hpp: cuts a stream of bytes, arriving in chunks, into lines. A line is handed out
// where it lies in its chunk; only one that a chunk's end cuts in two is put together in a buffer. Any byte
// but '\n' may be in a line.
// Threads: one.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace bellwether::client {

class LineCutter {
 public:
  explicit LineCutter(std::size_t line_bytes_max) : line_bytes_max_(line_bytes_max) {}

  void add(Bytes chunk);  // once the one before is used up: front() gave nothing
  void end();             // what remains is the last line, if it is not empty

  // The next line, without its newline, valid until pop(); nothing: more chunks are needed.
  std::optional<std::string_view> front();
  void pop();

  bool has_ended() const { return ended_; }
  bool is_at_end() const { return ended_ && at_ == chunk_.size() && cut_.empty(); }
  bool is_too_long() const { return too_long_; }  // the line that comes next; front() gives nothing any more

 private:
  std::optional<std::string_view> checked(std::string_view line);

  std::size_t line_bytes_max_;
  Bytes chunk_;
  std::size_t at_ = 0;         // in chunk_: where the next line begins
  std::string cut_;            // the beginning of a line whose end is in a later chunk
  std::size_t front_end_ = 0;  // in chunk_: after the newline of front(); 0: front() has not looked yet
  bool front_is_cut_ = false;  // front() is in cut_
  bool ended_ = false;
  bool too_long_ = false;
};

}  // namespace bellwether::client
