// http/message_query.hpp: what a GET of messages asks for, from its query and headers.
// Errors:  a value that cannot be understood, 400, naming it.
// Threads: no state.
#pragma once

#include <string_view>
#include <variant>

#include "http/request.hpp"

namespace bellwether::http {

struct MessageQuery {
  TailRequest tail;
  bool as_events = false;  // server-sent events, which follow unless told not to; else NDJSON
};

std::variant<MessageQuery, Refusal> read_message_query(const Request& request, std::string_view query);

}  // namespace bellwether::http
