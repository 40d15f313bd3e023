// protocol/codec_hot.hpp: the short way for the header lines that come by the million: append and its answer, accept and
// its answer, written as programs write them. It builds no tree of values and allocates nothing.
//
// It reads a line only if that is a packet of these types without fault: flat, each field once and known, whole numbers,
// strings of printable ASCII without an escape. To everything else (other packets, unknown fields, other spellings,
// mistakes) it says none, and the general parser, which alone judges what is wrong, reads the line from its start. So the
// two agree where both read, which a test checks on random lines, and there is no second place for what is refused.
// Errors:  none.
// Threads: no state; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "protocol/ballot.hpp"
#include "protocol/ids.hpp"
#include "protocol/messages.hpp"
#include "protocol/packets.hpp"

namespace bellwether {

struct AcceptLine {  // the entries stand in the body
  Ballot ballot;
  Index decided = 0;
  std::uint64_t read = 0;
  Index previous = 0;
  Ballot previous_ballot;
  std::uint64_t count = 0;
};

using HotFields =
    std::variant<AppendRequest, Appended, AcceptLine, Accepted>;  // without what stands in the body

struct HotLine {
  std::string id;  // as JSON text; empty: none
  std::size_t body_bytes = 0;
  HotFields fields;
};

std::optional<HotLine> read_hot_line(std::string_view line);

}  // namespace bellwether
