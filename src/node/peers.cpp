#include "node/peers.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "node/log.hpp"
#include "protocol/codec.hpp"

namespace bellwether::node {
Peers::Peers(asio::io_context& io, OwnName own, Events events)
    : io_(io), own_(std::move(own)), events_(std::move(events)), timer_(io) {}

void Peers::set_wanted(const std::map<NodeId, std::string>& addresses) {
  for (const auto& [id, address] : addresses) {
    auto& peer = find_or_add(id, address);
    if (peer.recorded_address != address) change_address(peer, address);
    peer.recorded_address = address;
  }
  for (auto& [id, peer] : peers_) {
    peer.is_wanted = addresses.contains(id);
    note_need(peer);
  }
  end_unneeded_later();
}

void Peers::on_hello(const Hello& hello) {
  auto& peer = find_or_add(hello.from, hello.address);
  change_address(peer, hello.address);
  peer.is_heard = true;
  note_need(peer);
  if (!peer.link->is_up()) peer.link->retry_now();
}

void Peers::on_silent(NodeId id) {
  const auto found = peers_.find(id);
  if (found == peers_.end()) return;
  found->second.is_heard = false;
  note_need(found->second);
  end_unneeded_later();
}

void Peers::send(NodeId to, Message message) {
  const auto found = peers_.find(to);
  if (found == peers_.end() || !found->second.link->is_up()) return;
  // Behind megabytes of entries a heartbeat would come too late, and a living leader be taken for dead.
  const bool is_heartbeat =
      std::holds_alternative<HeartbeatRequest>(message) || std::holds_alternative<HeartbeatReply>(message);
  auto packet = encode(Packet(std::move(message)));
  if (is_heartbeat) {
    found->second.link->send_first(std::move(packet));
  } else {
    found->second.link->send(std::move(packet));
  }
}

Peers::Peer& Peers::find_or_add(NodeId id, const std::string& address) {
  const auto found = peers_.find(id);
  if (found != peers_.end()) return found->second;
  transport::PeerLink::Events events;
  events.on_up = [this, id](const Hello&) { events_.on_up(id); };
  events.on_down = [this, id] { events_.on_down(id); };
  events.on_refused = [this, id](const ErrorAnswer& why) { events_.on_refused(id, why); };
  events.on_packet = [id](const Packet&) {
    log::debug("node " + std::to_string(number(id)) +
               " says something on a link that it should only listen to");
  };
  auto link = std::make_unique<transport::PeerLink>(io_, address, hello_to(own_, id), std::move(events));
  auto& peer = peers_[id];
  peer.link = std::move(link);
  peer.recorded_address = peer.address = address;
  return peer;
}

void Peers::change_address(Peer& peer, const std::string& address) {
  if (peer.address == address) return;
  peer.address = address;
  peer.link->set_address(address);
}

void Peers::note_need(Peer& peer) {
  if (peer.is_wanted || peer.is_heard) {
    peer.needed_until = Time::max();
  } else if (peer.needed_until == Time::max()) {
    peer.needed_until = std::chrono::steady_clock::now() + linger;
  }
}

void Peers::end_unneeded_later() {
  auto soonest = Time::max();
  for (const auto& [id, peer] : peers_) soonest = std::min(soonest, peer.needed_until);
  if (soonest == Time::max()) return;
  timer_.expires_at(soonest);
  timer_.async_wait([this](const std::error_code& error) {
    if (!error) end_unneeded();
  });
}

void Peers::end_unneeded() {
  const auto now = std::chrono::steady_clock::now();
  std::erase_if(peers_, [now](const auto& peer) { return peer.second.needed_until <= now; });
  end_unneeded_later();
}

}  // namespace bellwether::node
