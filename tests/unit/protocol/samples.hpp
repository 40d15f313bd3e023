// tests/unit/protocol/samples.hpp: one packet of every kind, with the header line that stands for it on the
// wire.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "protocol/codec.hpp"

namespace bellwether {

struct Sample {
  Packet packet;
  std::string line;  // without its line break
};

std::vector<Sample> samples();

std::string message_bytes(std::string_view text);  // as in a body: a length and the text
std::string body_of(const EncodedPacket& packet);  // in one piece

// Entries after `previous`, as a leader makes them: one noop, then batches.
EntryRange range_after(Index previous, std::size_t count);

}  // namespace bellwether
