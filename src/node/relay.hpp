// node/relay.hpp: appends for clients that have no producer of their own, through whoever leads: this node's core, or
// the leader's over a connection. Each lane is a producer of this node with one group under way, which is repeated under
// the same number until its fate is known: whoever dies in between, it is stored once.
// Source:  consensus.md P1 to P5.
// Errors:  an answer says that nothing was stored, or, with `unknown`, that it may be; at the latest after give_up_after.
// Threads: the I/O thread.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/member_connection.hpp"
#include "node/engine.hpp"
#include "node/requests.hpp"
#include "protocol/packets.hpp"
#include "transport/coroutine.hpp"

namespace bellwether::node {

class Relay {
 public:
  using Done = std::function<void(const Packet&)>;  // Appended or ErrorAnswer; once

  // Each costs the cluster a place among the producers that it remembers, anew after each start of this node.
  static constexpr std::size_t lanes_max = 32;
  static constexpr std::size_t waiting_bytes_max = 64 * 1024 * 1024;  // above that: busy
  static constexpr std::chrono::seconds give_up_after{10};
  static constexpr std::chrono::seconds leader_within{5};  // while nothing can have been stored

  Relay(asio::io_context& io, NodeId self, Engine& engine, Requests& requests);

  // `messages` as in AppendRequest: one group, stored whole or not at all.
  void append(std::uint32_t count, Bytes messages, Done done);
  void on_step();  // another one may lead now

 private:
  using Clock = std::chrono::steady_clock;

  struct Call {
    std::uint32_t count = 0;
    Bytes messages;
    Done done;
    Clock::time_point began;
  };
  struct Lane {
    explicit Lane(asio::io_context& io) : wakeup(io.get_executor()) {}
    ProducerId producer = no_producer;
    Sequence last = 0;  // that was stored
    client::MemberConnection::Pointer connection;
    transport::Wakeup wakeup;
  };
  using LanePointer = std::shared_ptr<Lane>;
  using CallPointer = std::shared_ptr<Call>;
  struct Attempt {
    std::optional<Packet> answer;
    bool may_be_done = false;  // it was sent, and no answer came
  };

  void start_lane();
  asio::awaitable<void> run(LanePointer lane);
  asio::awaitable<void> carry(LanePointer lane, CallPointer call);
  asio::awaitable<Attempt> attempt(LanePointer lane, Packet request);
  asio::awaitable<Attempt> attempt_here(LanePointer lane, Packet request);
  asio::awaitable<Attempt> attempt_at(LanePointer lane, std::string address, Packet request);
  asio::awaitable<void> pause();

  Packet next_request(const Lane& lane, const Call& call) const;
  std::optional<replication::RequestId> submit(Asker asker, const Packet& request);  // none: no room now
  Packet packet_for(const replication::Answer& answer) const;

  asio::io_context& io_;
  NodeId self_;
  Engine& engine_;
  Requests& requests_;
  std::optional<NodeId> leader_;  // the last one known
  std::deque<CallPointer> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::vector<LanePointer> lanes_;
  std::vector<LanePointer> idle_;  // of lanes_
};

}  // namespace bellwether::node
