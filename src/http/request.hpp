// http/request.hpp: one HTTP request as it came, and why one is refused.
// Threads: none, values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "protocol/packets.hpp"

namespace bellwether::http {

enum class Method { get, head, post, options, other };

struct Header {
  std::string name;  // in lower case
  std::string value;
};

struct Request {
  Method method = Method::other;
  std::string target;  // as sent: path and query
  std::vector<Header> headers;
  bool keeps_alive = true;
  bool takes_chunks = true;  // HTTP/1.1; an older client reads up to the end of the connection
  // The body behind its length, a u32, little-endian: what an append takes as one message, and the memory that the
  // socket was read into.
  Bytes message;

  // The value of the first header of that name (in lower case); empty: there is none.
  std::string_view header(std::string_view name) const;
  std::string_view body() const;
};

struct Refusal {
  int status = 400;
  ErrorAnswer why;
  std::string allowed;  // 405: the methods that are
};

Refusal refuse(int status, ErrorCode code, std::string message, std::string hint = {});

bool is_same_word(std::string_view left, std::string_view right);  // whatever the case of their ASCII letters

}  // namespace bellwether::http
