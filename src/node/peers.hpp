// node/peers.hpp: one dialled link to each node that this one has to talk to: those of the configuration,
// and whoever speaks to it as a member, since its configuration may be the outdated one (M4). Addresses
// come from the member records; what a member itself said last in its hello counts more, since it may have
// moved while no leader could record it.
// Threads: the I/O thread.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "node/hello_check.hpp"
#include "protocol/messages.hpp"
#include "transport/peer_link.hpp"

namespace bellwether::node {

class Peers {
 public:
  // A removed member is still told so: its link stays that long.
  static constexpr std::chrono::seconds linger{5};

  struct Events {
    std::function<void(NodeId peer)> on_up;
    std::function<void(NodeId peer)> on_down;
    std::function<void(NodeId peer, const ErrorAnswer& why)> on_refused;
  };

  Peers(asio::io_context& io, OwnName own, Events events);

  void set_wanted(const std::map<NodeId, std::string>& addresses);  // without this node
  void on_hello(const Hello& hello);      // heard on an accepted connection, which lives until
  void on_silent(NodeId peer);            // no accepted connection of that node is left
  void send(NodeId to, Message message);  // drops it while there is no link

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Peer {
    std::unique_ptr<transport::PeerLink> link;
    std::string recorded_address;
    std::string address;  // in use
    bool is_wanted = false;
    bool is_heard = false;
    Time needed_until = Time::max();
  };

  Peer& find_or_add(NodeId id, const std::string& address);
  void change_address(Peer& peer, const std::string& address);
  void note_need(Peer& peer);
  void end_unneeded_later();
  void end_unneeded();

  asio::io_context& io_;
  OwnName own_;
  Events events_;
  std::map<NodeId, Peer> peers_;
  asio::steady_timer timer_;
};

}  // namespace bellwether::node
