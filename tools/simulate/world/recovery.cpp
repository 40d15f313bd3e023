// A stopped node becomes a cluster of its own, as the operator's command makes it (consensus.md F1 to F3).
#include <utility>

#include "replication/reset.hpp"
#include "world/cluster.hpp"
#include "world/violation.hpp"

namespace bellwether::simulation {

Shape Cluster::shape_after_recovery(Cluster& former) {
  Shape shape = former.shape;
  Identity& identity = shape.identity;
  identity.former.push_back(identity.cluster);
  identity.cluster = "recovered-" + std::to_string(++former.world_->last_cluster);
  identity.key = "a secret of " + identity.cluster;
  ++identity.epoch;
  return shape;
}

bool Cluster::can_recover(NodeId id) const {
  const Machine& machine = machines_.at(id);
  return !machine.is_running() && !machine.gone &&
         replication::reset_for(machine.disk.stable(), id, shape.identity.cluster, "next");
}

Cluster::Cluster(Cluster& former, NodeId survivor)
    : Cluster(shape_after_recovery(former), former.world_, former.random.next()) {
  Machine& old = former.machine(survivor);
  Disk disk = old.disk;
  former.tell([&] {
    return "node " + text(survivor) + " becomes cluster " + shape.identity.cluster + ": " + text(disk);
  });
  const auto reset =
      replication::reset_for(disk.stable(), survivor, former.shape.identity.cluster, shape.identity.cluster);
  if (!reset) former.fail("F1: " + reset.error().what);
  for (const auto& record : replication::reset_records(disk.stable(), *reset, wall_ms(old)))
    disk.make_durable(record);
  checkers_.on_recovered(former.checkers_, old, disk.log());
  auto contacts = old.contacts;
  const state::Members members = old.members_in_force();
  for (const auto& [id, member] : members.all()) contacts.insert(id);
  contacts.erase(survivor);
  for (const auto& [id, machine] : former.machines_) {
    if (id != survivor && id < history().members().next_id) lead_elsewhere(id, former, id);
  }
  former.retire(survivor);
  former.lead_elsewhere(survivor, *this, survivor);
  ++totals.recoveries;
  Machine& machine = machines_[survivor];
  machine.rotten = old.rotten;
  machine.checkpoints = old.checkpoints;
  // Of what damage took since then: a real start would have gone on from there.
  std::erase_if(machine.checkpoints, [&](const auto& one) { return one->index >= disk.stable().last(); });
  machine.slowness = old.slowness;
  machine.room = old.room;
  add_machine(survivor, old.priority, std::move(disk), std::move(contacts));
}

}  // namespace bellwether::simulation
