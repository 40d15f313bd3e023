// http/response.hpp: answers as bytes for the socket.
// Threads: no state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/request.hpp"

namespace bellwether::http {

struct Response {
  int status = 200;
  std::string type;  // of the body; empty: there is none
  std::string body;
  std::string allowed;  // the header Allow
  std::optional<ErrorCode> refused = {};
};

// How the request wants its answer.
struct Manner {
  bool has_body = true;      // not of HEAD
  bool keeps_alive = false;  // the connection goes on
  bool takes_chunks = true;  // HTTP/1.1
};

// `now_ms`: since 1970, for the Date header.
std::string encode(const Response& response, const Manner& manner, std::uint64_t now_ms);

// The head of an answer whose length nobody knows yet: in chunks, or up to the end of the connection.
std::string encode_stream_head(std::string_view type, const Manner& manner, std::uint64_t now_ms);
std::string encode_chunk(std::string_view bytes,
                         const Manner& manner);  // nothing of nothing: that would be the end
std::string encode_stream_end(const Manner& manner);

Response response_of(const Refusal& refusal);
Response response_of(const Packet& answer);  // an ErrorAnswer gets the status of its code
int status_of(ErrorCode code);

}  // namespace bellwether::http
