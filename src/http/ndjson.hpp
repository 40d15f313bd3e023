// http/ndjson.hpp: the messages of a body of lines (application/x-ndjson) as an append takes them. A line is a message as
// it stands; nobody looks whether it is JSON. Empty lines are none.
// Errors:  no line at all, 400; more than an append can hold, since each message gets a length, 413.
// Threads: no state.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

#include "base/bytes.hpp"
#include "http/request.hpp"

namespace bellwether::http {

struct Lines {
  std::uint32_t count = 0;
  Bytes messages;  // each a u32, little-endian, and its bytes: the one copy that lines cost
};

std::variant<Lines, Refusal> split_lines(std::string_view body);

}  // namespace bellwether::http
