#include "node/compactor.hpp"

#include <algorithm>
#include <asio/post.hpp>
#include <string>
#include <utility>

#include "base/wall_clock.hpp"
#include "node/log.hpp"

namespace bellwether::node {

Compactor::Compactor(asio::io_context& io, Engine& engine) : io_(io), engine_(engine), timer_(io) {
  look_later();
}

void Compactor::look_later() {
  timer_.expires_after(looks_every);
  timer_.async_wait([this](const std::error_code& error) {
    if (error) return;
    look();
    look_later();
  });
}

void Compactor::look() {
  if (reading_) return;
  const Index due = engine_.store().base_due(wall_clock_ms());
  const auto& replica = engine_.replica();
  if (due <= replica.base() || due > std::min(replica.decided(), replica.durable())) return;
  reading_ = true;
  engine_.store().read_snapshot(due, [this, alive = std::weak_ptr(alive_), &io = io_](auto base) {
    asio::post(io, [this, alive, base = std::move(base)]() mutable {
      if (!alive.expired()) on_read(std::move(base));
    });
  });
}

void Compactor::on_read(Result<replication::SnapshotPtr> base) {
  reading_ = false;
  if (!base) return log::warn("nothing is dropped from the log for now: " + base.error().what);
  const auto& replica = engine_.replica();
  const Index index = (*base)->index;
  if (index <= replica.base() || index > std::min(replica.decided(), replica.durable())) return;  // installed
  const Offset before = engine_.first_offset();
  engine_.begin().compact(*std::move(base));
  engine_.finish();
  if (engine_.first_offset() == before) return;  // entries of other kinds
  log::info("messages " + std::to_string(before) + " to " + std::to_string(engine_.first_offset() - 1) +
            " are past what this node keeps and are dropped");
}

}  // namespace bellwether::node
