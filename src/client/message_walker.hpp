// client/message_walker.hpp: the messages of a received body, one after the other: each a 4-byte
// little-endian length and its bytes. What a member sends is checked: a length that leaves the body ends
// the walk.
// Threads: one.
#pragma once

#include <optional>
#include <string_view>

#include "base/bytes.hpp"

namespace bellwether::client {

class MessageWalker {
 public:
  explicit MessageWalker(const Bytes& body) : rest_(body.text()) {}

  std::optional<std::string_view> next();           // valid as long as the body
  bool is_at_end() const { return rest_.empty(); }  // after next() gave nothing: false means a broken body

 private:
  std::string_view rest_;
};

}  // namespace bellwether::client
