// http/request_parser.hpp: cuts the stream of one connection into HTTP/1.1 requests. Knows no socket: the session reads
// into space() and says how much arrived; next() hands out what is complete, one request after the other.
// Source:  RFC 9110, RFC 9112; the grammar is llhttp's, which is Node.js's parser.
// Errors:  a Refusal with the status to answer; the stream cannot be followed after that: next() says the same again,
//          so answer it and close the connection.
// Threads: one.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <variant>

#include "http/request.hpp"

namespace bellwether::http {

class RequestParser {
 public:
  RequestParser();
  ~RequestParser();

  std::span<std::byte> space();  // never empty; valid until the next call of any member
  void grew(std::size_t bytes);  // that many of space() are filled now
  bool is_empty() const;         // nothing of a further request has arrived

  // The next whole request; nothing while it is incomplete. Call it until it has nothing before asking for space().
  using Next = std::variant<std::monostate, Request, Refusal>;
  Next next();

  // The head of the request under way, if its sender waits for a word (Expect: 100-continue) before the body; said once.
  const Request* take_expectation();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bellwether::http
