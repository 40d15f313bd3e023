// node/dispatcher.hpp: what the node does with each packet that arrives: members' messages and clients'
// requests go to the core, its answers go back to whoever asked, in words that a person understands.
// Threads: the I/O thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "node/engine.hpp"
#include "node/inbound.hpp"
#include "node/metrics.hpp"
#include "node/requests.hpp"
#include "node/status.hpp"
#include "node/tails.hpp"
#include "transport/connection.hpp"

namespace bellwether::node {

class Dispatcher : public transport::PacketHandler {
 public:
  struct Events {                                // of members' accepted connections
    std::function<void(const Hello&)> on_hello;  // once it is let in
    std::function<void(NodeId)> on_silent;       // the last connection of that member is gone
    std::function<void(const Accept&)> on_accept;
  };

  Dispatcher(asio::io_context& io, OwnName own, StatusSource status, Engine& engine, Requests& requests,
             Tails& tails, Inbound& inbound, Metrics& metrics, Events events);

  void on_packet(const std::shared_ptr<transport::Connection>& connection, std::uint64_t slot,
                 Packet packet) override;
  void on_batch_end() override;
  void on_closed(const std::shared_ptr<transport::Connection>& connection) override;

  void on_answer(const replication::ClientAnswer& answer);  // from the core

 private:
  void take(const Asker& asker, Hello hello);
  void take(const Asker& asker, Message message);
  void take(const Asker& asker, AppendRequest request);
  void take(const Asker& asker, const RegisterRequest& request);
  void take(const Asker& asker, Join join);
  void take(const Asker& asker, const RemoveRequest& request);
  void take(const Asker& asker, const MoveLeaderRequest& request);
  void take(const Asker& asker, const TailRequest& request);
  void take(const Asker& asker, const SnapshotRequest& request);
  void take(const Asker& asker, const LeaderRequest& request);
  void take(const Asker& asker, const StatusRequest& request);
  void take(const Asker& asker, const MembersRequest& request);
  void take(const Asker& asker, const ArticlePacket& packet);
  template <typename AnswerPacket>
  void take(const Asker& asker, const AnswerPacket& packet);  // an answer is no request

  Packet packet_for(const replication::Answer& answer) const;
  Joined joined_as(NodeId id) const;

  asio::io_context& io_;
  OwnName own_;
  StatusSource status_;
  Engine& engine_;
  Requests& requests_;
  Tails& tails_;
  Inbound& inbound_;
  Metrics& metrics_;
  Events events_;
};

}  // namespace bellwether::node
