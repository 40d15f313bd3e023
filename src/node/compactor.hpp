// node/compactor.hpp: lets the oldest part of this node's log go, as far as its retention says (consensus.md, K1):
// looks now and then whether there is a checkpoint that may be the base, and hands it to the core.
// Threads: the I/O thread.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <memory>

#include "node/engine.hpp"

namespace bellwether::node {

class Compactor {
 public:
  static constexpr std::chrono::seconds looks_every{1};

  Compactor(asio::io_context& io, Engine& engine);

 private:
  void look_later();
  void look();
  void on_read(Result<replication::SnapshotPtr> base);

  asio::io_context& io_;
  Engine& engine_;
  asio::steady_timer timer_;
  bool reading_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace bellwether::node
