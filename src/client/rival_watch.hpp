// client/rival_watch.hpp: asks the other members who leads while the leader owes an answer and is silent. A machine that
// vanished closes no connection, and its silence alone proves nothing for seconds: its disk may be slow.
// Threads: the one that runs the io_context; the event is called on it.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "client/members.hpp"
#include "protocol/ballot.hpp"

namespace bellwether::client {

class RivalWatch : public std::enable_shared_from_this<RivalWatch> {
 public:
  // Somewhat longer than it takes the members to replace a leader (two heartbeats of 100 ms).
  static constexpr std::chrono::milliseconds suspicious_after{250};

  // `leader` said that it leads by `ballot`. `on_rival` gets the address of one that leads by a greater one, once.
  // `members` outlives the watch, or stop() is called.
  RivalWatch(asio::any_io_executor executor, const Members& members, std::string leader, Ballot ballot,
             std::function<void(const std::string& address)> on_rival);

  void start();
  void stop();
  void owes_answer() { owes_since_ = std::chrono::steady_clock::now(); }  // from now on
  void owes_nothing() { owes_since_ = std::chrono::steady_clock::time_point::max(); }
  void close() { stop(); }

 private:
  asio::awaitable<void> run();
  asio::awaitable<bool> has_rival_by(std::string member);
  bool is_suspicious() const;
  std::string next_other();

  asio::any_io_executor executor_;
  asio::steady_timer timer_;
  const Members& members_;
  std::string leader_;
  Ballot ballot_;
  std::function<void(const std::string&)> on_rival_;
  std::chrono::steady_clock::time_point owes_since_ = std::chrono::steady_clock::time_point::max();
  std::size_t turn_ = 0;
  bool stopped_ = false;
};

}  // namespace bellwether::client
