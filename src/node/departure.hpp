// node/departure.hpp: how a node goes. Stop: hands leadership over and stays a member. Leave: hands
// leadership over, has itself removed, so that the others need no vote of it any more, and marks its
// directory (interfaces.md, SIGINT).
// Threads: the I/O thread.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "node/engine.hpp"
#include "node/tails.hpp"

namespace bellwether::node {

class Departure : public std::enable_shared_from_this<Departure> {
 public:
  enum class Way { stop, leave };
  enum class Result { stopped, left, still_member };
  using OnDone = std::function<void(Result)>;

  static constexpr std::chrono::milliseconds hand_over_within{2'000};
  static constexpr std::chrono::milliseconds leave_within{5'000};

  Departure(asio::io_context& io, NodeId self, Engine& engine, Tails& tails, OnDone on_done);
  void begin(Way way);
  bool is_under_way() const { return under_way_; }

 private:
  asio::awaitable<void> run(Way way);
  asio::awaitable<void> hand_over();
  asio::awaitable<bool> leave();
  asio::awaitable<bool> ask_to_be_removed();  // one attempt; true: decided
  asio::awaitable<void> pause();

  bool can_be_missed() const;  // somebody else votes, so there is something to hand over or to leave
  bool leads() const;
  bool somebody_else_leads() const;

  asio::io_context& io_;
  NodeId self_;
  Engine& engine_;
  Tails& tails_;
  OnDone on_done_;
  std::string last_obstacle_ = "no leader was there to decide it";
  bool under_way_ = false;
};

}  // namespace bellwether::node
