// http/message_text.hpp: messages as lines of JSON or as server-sent events.
// Threads: no state.
#pragma once

#include <string>

#include "protocol/packets.hpp"

namespace bellwether::http {

// A line each, with its line break.
std::string lines_of(const Messages& messages);

// An event each; a comment, which keeps the connection alive, where there is none. The id is the message's offset.
std::string events_of(const Messages& messages);

// What a browser hears under a name of its own.
std::string event_of(const char* name, const Packet& packet);

}  // namespace bellwether::http
