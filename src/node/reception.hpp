// node/reception.hpp: who answers packets while the node is not a member yet. A hello waits, since the
// leader dials a new member before that has heard that it is one; requests are told to come back.
// Threads: the I/O thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "node/metrics.hpp"
#include "transport/connection.hpp"

namespace bellwether::node {

class Reception : public transport::PacketHandler {
 public:
  using ConnectionPtr = std::shared_ptr<transport::Connection>;

  explicit Reception(Metrics& metrics) : metrics_(metrics) {}

  void joins_as(std::string token) { own_token_ = std::move(token); }
  void may_start_cluster() {
    may_start_cluster_ = true;
  }  // whoever wants to join through this node had better wait
  void hand_over_to(transport::PacketHandler& member);  // everything goes there from now on, what waits first

  void on_packet(const ConnectionPtr& connection, std::uint64_t slot, Packet packet) override;
  void on_batch_end() override;
  void on_closed(const ConnectionPtr& connection) override;
  void on_refused(ErrorCode reason) override { metrics_.on_refused(Metrics::Protocol::packets, reason); }

 private:
  struct Waiting {
    ConnectionPtr connection;
    std::uint64_t slot;
    Packet hello;
  };
  ErrorAnswer refusal_of(const Packet& packet) const;

  Metrics& metrics_;
  std::string own_token_;
  bool may_start_cluster_ = false;
  transport::PacketHandler* member_ = nullptr;
  std::vector<Waiting> waiting_;
};

}  // namespace bellwether::node
