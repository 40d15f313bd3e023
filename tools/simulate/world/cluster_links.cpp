// The links between the machines of a cluster, and those that lead to a machine of another one.
#include <algorithm>

#include "node/hello_check.hpp"
#include "world/cluster.hpp"
#include "world/violation.hpp"

namespace bellwether::simulation {

using replication::Replica;

// ---- to machines of other clusters

void Cluster::lead_elsewhere(NodeId id, Cluster& cluster, NodeId there) {
  elsewhere_[id] = Place{&cluster, there};
}

namespace {

node::OwnName name_of(const Machine& machine, const Identity& identity) {
  node::OwnName name;
  name.cluster = identity.cluster;
  name.epoch = identity.epoch;
  name.former = identity.former;
  name.key = identity.key;
  name.id = machine.id;
  name.incarnation = machine.incarnation;
  name.priority = machine.priority;
  return name;
}

}  // namespace

Hello Cluster::hello_from(NodeId id, NodeId to) const {
  return node::hello_to(name_of(machines_.at(id), shape.identity), to);
}

// The machine may have gone on to yet another cluster.
void Cluster::hear_stranger(const Hello& hello, NodeId at, const std::shared_ptr<const Message>& message) {
  const auto found = machines_.find(at);
  if (found == machines_.end()) return;
  const Machine& machine = found->second;
  const auto on = elsewhere_.find(at);
  if (machine.gone && on != elsewhere_.end())
    return on->second.cluster->hear_stranger(hello, on->second.id, message);
  if (!machine.is_running()) return;
  const auto refusal =
      node::refusal_of(hello, name_of(machine, shape.identity), machine.replica->decided_state());
  tell([&] {
    return "node " + text(hello.from) + " of " + hello.cluster + " > " + text(at) + " of " +
           shape.identity.cluster + (refusal ? "  REFUSED " : "  ") + text(*message);
  });
  note(number(hello.from) << 32 | number(at) << 16 | message->index());
  if (refusal) {
    ++totals.strangers;
    return;
  }
  step(at, [from = hello.from, message](Replica& replica) { replica.on_message(from, *message); });
}

// ---- within the cluster

void Cluster::link_up_between(NodeId a, NodeId b) {
  if (!network.is_linked(a, b)) return;
  for (const auto& [at, peer] : {Direction{a, b}, Direction{b, a}}) {
    after(units(random.between(0.2, 3)), [this, at = at, peer = peer] { report_link(at, peer, true); });
  }
}

void Cluster::report_link(NodeId at, NodeId peer, bool up) {
  if (up && !(machines_.at(peer).is_running() && network.is_linked(at, peer))) return;
  step(at, [up, peer](Replica& replica) { up ? replica.on_link_up(peer) : replica.on_link_down(peer); });
}

void Cluster::cut(NodeId a, NodeId b, bool both_ways, bool peers_notice) {
  tell([&] { return "cut " + text(a) + (both_ways ? " - " : " > ") + text(b); });
  network.cut(a, b);
  if (both_ways) network.cut(b, a);
  if (!peers_notice) return;
  for (const auto& [at, peer] : {Direction{a, b}, Direction{b, a}}) {
    if (!machines_.contains(at)) continue;
    after(units(random.between(0.1, 2)), [this, at = at, peer = peer] { report_link(at, peer, false); });
  }
}

void Cluster::heal(NodeId a, NodeId b) {
  tell([&] { return "heal " + text(a) + " - " + text(b); });
  network.heal(a, b);
  const auto is_running = [&](NodeId id) { return machines_.contains(id) && machines_.at(id).is_running(); };
  if (is_running(a) && is_running(b)) link_up_between(a, b);
}

void Cluster::heal_all() {
  const auto cuts = network.cuts();
  for (const auto& [from, to] : cuts) heal(from, to);
}

void Cluster::blip(NodeId at, NodeId peer, Ticks duration) {
  if (!network.is_linked(at, peer)) return;
  report_link(at, peer, false);
  after(duration, [this, at, peer] { report_link(at, peer, true); });
}

void Cluster::connect_only(const std::vector<std::set<NodeId>>& groups) {
  const auto all = ids();
  for (const NodeId a : all) {
    for (const NodeId b : all) {
      if (a >= b) continue;
      const bool together = std::ranges::any_of(
          groups, [&](const auto& group) { return group.contains(a) && group.contains(b); });
      together ? heal(a, b) : cut(a, b);
    }
  }
}

void Cluster::set_cuts(const std::set<Direction>& wanted, bool peers_notice) {
  const auto cuts = network.cuts();
  for (const auto& [from, to] : cuts) {
    if (!wanted.contains({from, to})) heal(from, to);
  }
  for (const auto& [from, to] : wanted) {
    if (!network.is_cut(from, to)) cut_one_way(from, to, peers_notice);
  }
}

}  // namespace bellwether::simulation
