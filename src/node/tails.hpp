// node/tails.hpp: all tails that are being read: `tail` requests, which on one connection are answered one after the
// other, as answers come in the order of their requests, and those of readers of another kind.
// Threads: the I/O thread.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "node/tail_session.hpp"

namespace bellwether::node {

class Tails {
 public:
  Tails(asio::io_context& io, Engine& engine, Requests& requests);

  void add(const Asker& reader, const TailRequest& request);
  // Started, and kept here until it is done or abandoned: then forget_done().
  std::weak_ptr<TailSession> open(std::shared_ptr<TailReader> reader, const TailRequest& request);
  void forget_done();
  void advance();  // more is decided
  void on_closed(const transport::Connection& connection);
  void on_readable();  // what could not be read can be read again, some of it
  void end_all(const std::string& reason);

 private:
  using Queue = std::deque<std::shared_ptr<TailSession>>;  // the front one is being answered

  void advance(const transport::Connection* connection);
  void start_next(const transport::Connection* connection);
  std::vector<std::shared_ptr<TailSession>> being_read() const;
  void keep_alive_later();

  asio::io_context& io_;
  Engine& engine_;
  Requests& requests_;
  std::map<const transport::Connection*, Queue> queues_;
  std::vector<std::shared_ptr<TailSession>> others_;  // of readers that are no connections
  asio::steady_timer keep_alive_timer_;
};

}  // namespace bellwether::node
