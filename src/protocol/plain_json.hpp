// protocol/plain_json.hpp: answers and messages as JSON for other programs, in the shapes of the HTTP calls.
// Threads: pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/ids.hpp"
#include "protocol/packets.hpp"

namespace bellwether {

std::string json_of(const Packet& answer);  // one line

// {"offset":..,"time":"..","message":".."}, or "base64" where the message is not UTF-8. With its line break.
std::string json_of_message(Offset offset, std::uint64_t time_ms, std::string_view message);

}  // namespace bellwether
