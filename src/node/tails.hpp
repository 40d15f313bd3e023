// node/tails.hpp: all `tail` requests that are being answered. On one connection they are answered one
// after the other, as answers come in the order of their requests.
// Threads: the I/O thread.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <deque>
#include <map>
#include <memory>
#include <string>

#include "node/tail_session.hpp"

namespace bellwether::node {

class Tails {
 public:
  Tails(asio::io_context& io, Engine& engine, Requests& requests);

  void add(const Asker& reader, const TailRequest& request);
  void advance();  // more is decided
  void on_closed(const transport::Connection& connection);
  void on_readable();  // what could not be read can be read again, some of it
  void end_all(const std::string& reason);

 private:
  using Queue = std::deque<std::shared_ptr<TailSession>>;  // the front one is being answered

  void advance(const transport::Connection* connection);
  void start_next(const transport::Connection* connection);
  void keep_alive_later();

  asio::io_context& io_;
  Engine& engine_;
  Requests& requests_;
  std::map<const transport::Connection*, Queue> queues_;
  asio::steady_timer keep_alive_timer_;
};

}  // namespace bellwether::node
