// protocol/codec.hpp: packets to bytes and back. A packet is one line of JSON and, where the line says
// "bytes": N, N raw bytes after it. Decoding is strict: what is missing, of the wrong type, too long, too
// deep, not UTF-8 or of an unknown type becomes an ErrorAnswer to send back; unknown fields are ignored.
// Threads: no state; any thread.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "base/bytes.hpp"
#include "protocol/codec_hot.hpp"
#include "protocol/packets.hpp"

namespace bellwether {

// The request's "id" as JSON text (a number or a string), repeated in its answer; empty: none.
struct Tagged {
  std::string id;
  Packet packet;
};

// What goes to the socket by one gathered write: the header line, then the body's pieces, none of them
// copied.
struct EncodedPacket {
  std::string header;  // with its line break
  std::vector<Bytes> body;
  std::size_t bytes() const;  // header and body
};

EncodedPacket encode(const Packet& packet, std::string_view id = {});

struct JsonLine;

// How a received packet is cut out of the stream: the header line alone says how many bytes follow it.
struct HeaderLine {
  std::string id;
  std::size_t body_bytes = 0;
  // The line is parsed once; decode() goes on from here. One of the two is there.
  std::shared_ptr<const JsonLine> fields;
  std::optional<HotFields> hot;
};

// An error that answers a request; `id` is known where the line could be read that far.
struct PacketError {
  std::string id;
  ErrorAnswer answer;
};

// `line` without its line break. `body_bytes_max` is the limit for this connection, a client's or a member's.
tl::expected<HeaderLine, PacketError> read_header_line(std::string_view line, std::size_t body_bytes_max);
// The same, always by the general parser: the measure for the other one.
tl::expected<HeaderLine, PacketError> read_any_header_line(std::string_view line, std::size_t body_bytes_max);
PacketError line_too_long();  // for whoever sees it before the line's end has come

// `body` is what followed the line. A FrameReader's Frame has both; the second form reads the line as well.
tl::expected<Tagged, PacketError> decode(const HeaderLine& header, Bytes body);
tl::expected<Tagged, PacketError> decode(std::string_view line, Bytes body);

}  // namespace bellwether
