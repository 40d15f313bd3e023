// A connection's bytes: cut into packets, however they arrive, and decoded. What was understood is understood the same
// after it was said again.
#include <cstring>

#include "base/assert.hpp"
#include "input.hpp"
#include "protocol/codec.hpp"
#include "protocol/frame.hpp"
#include "protocol/limits.hpp"

namespace bellwether {
namespace {

std::string whole(const EncodedPacket& packet) {
  std::string text = packet.header;
  for (const Bytes& piece : packet.body) text += piece.text();
  return text;
}

void say_again(const Tagged& heard) {
  const EncodedPacket said = encode(heard.packet, heard.id);
  if (said.header.size() >= limits::header_line_bytes_max)
    return;  // it may be longer than it was: U+FFFD, escapes
  std::string body;
  for (const Bytes& piece : said.body) body += piece.text();
  const std::string_view line(said.header.data(), said.header.size() - 1);
  const auto again = decode(line, Bytes::copy_of(body));
  BELLWETHER_ASSERT(again.has_value());
  BELLWETHER_ASSERT(whole(encode(again->packet, again->id)) == whole(said));
}

// Returns whether the stream goes on.
bool take_packets(FrameReader& reader) {
  for (;;) {
    auto next = reader.next();
    if (std::holds_alternative<std::monostate>(next)) return true;
    if (std::holds_alternative<PacketError>(next)) return false;
    auto& frame = std::get<Frame>(next);
    if (const auto heard = decode(frame.header, std::move(frame.body))) say_again(*heard);
  }
}

}  // namespace
}  // namespace bellwether

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bellwether;
  fuzz::Input input(data, size);
  const std::size_t piece_bytes_max = std::size_t{1} << (input.byte() % 17);
  FrameReader reader(limits::mib);
  while (!input.is_empty()) {
    const auto space = reader.space();
    const auto piece = input.piece(std::min(space.size(), piece_bytes_max));
    std::memcpy(space.data(), piece.data(), piece.size());
    reader.grew(piece.size());
    if (!take_packets(reader)) break;
  }
  return 0;
}
