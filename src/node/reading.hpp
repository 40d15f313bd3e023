// node/reading.hpp: a tail that is taken piece by piece by whoever is not a connection that speaks packets.
// Threads: the I/O thread.
#pragma once

#include <memory>
#include <optional>

#include "node/engine.hpp"
#include "node/service.hpp"
#include "node/tails.hpp"

namespace bellwether::node {

class TailReading : public Service::Reading {
 public:
  TailReading(Engine& engine, Tails& tails, const TailRequest& request, Service::OnMore on_more);
  ~TailReading() override;
  TailReading(const TailReading&) = delete;
  TailReading& operator=(const TailReading&) = delete;

  std::optional<Packet> take() override;

 private:
  class Queue;

  Engine& engine_;
  Tails& tails_;
  std::shared_ptr<Queue> queue_;
  std::weak_ptr<TailSession> session_;  // gone when it is over, or the node is
};

}  // namespace bellwether::node
