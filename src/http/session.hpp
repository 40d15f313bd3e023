// http/session.hpp: one connection that speaks HTTP/1.1: reads requests, asks the node, writes the answers, in the order
// of the requests. Knows no rule of the cluster.
// Errors:  a request that cannot be followed is answered with its status, then the connection is closed; so is one
//          that does not come to its end in time (408). An idle connection is closed without a word.
// Threads: the I/O thread. The io_context and the service outlive every session.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/ip/tcp.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <system_error>

#include "http/calls.hpp"
#include "http/message_query.hpp"
#include "http/request_parser.hpp"
#include "http/response.hpp"
#include "node/service.hpp"
#include "transport/coroutine.hpp"
#include "transport/limits.hpp"
#include "transport/session.hpp"

namespace bellwether::http {

class Session : public transport::Session, public std::enable_shared_from_this<Session> {
 public:
  Session(asio::ip::tcp::socket socket, node::Service& service, const transport::ConnectionLimits& limits);
  void start() override;
  void close() override;

 private:
  asio::awaitable<void> run();
  asio::awaitable<RequestParser::Next> receive();  // nothing: the connection is over
  asio::awaitable<bool> read_more();
  asio::awaitable<bool> serve(Request request);  // whether the connection goes on
  asio::awaitable<Response> append(Request request, Call call);
  asio::awaitable<Packet> append_group(std::uint32_t count, Bytes messages);
  asio::awaitable<bool> stream(MessageQuery query, Manner manner);
  asio::awaitable<bool> end_stream(Packet last, bool as_events, Manner manner);
  asio::awaitable<void> watch_input();
  asio::awaitable<bool> send(Response response, Manner manner);
  asio::awaitable<bool> write(std::string text);
  asio::awaitable<void> linger();

  std::chrono::milliseconds patience() const;  // with what is being read

  asio::ip::tcp::socket socket_;
  node::Service& service_;
  const transport::ConnectionLimits limits_;
  RequestParser parser_;
  transport::Wakeup wakeup_;  // the node has answered, or the other is gone
  std::chrono::steady_clock::time_point request_began_;
  bool is_open_ = true;
  bool is_eof_ = false;   // the other has closed its side
  bool is_late_ = false;  // what was awaited did not come in time
};

}  // namespace bellwether::http
