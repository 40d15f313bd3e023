// What the cluster does with its nodes' disks: starts and crashes on those with bytes, checkpoints, bases.
#include <algorithm>
#include <string>
#include <utility>

#include "state/state_encoding.hpp"
#include "world/byte_disk.hpp"
#include "world/cluster.hpp"
#include "world/stable_comparison.hpp"
#include "world/violation.hpp"

namespace bellwether::simulation {

using replication::Replica;
using replication::StableState;

// The mutants of Disk are none of these disks.
bool Cluster::has_bytes() const { return shape.segment_bytes > 0 && shape.life.mutant == Mutant::none; }

// The log that the machine begins with.
void Cluster::format(Machine& machine) {
  machine.bytes = std::make_unique<ByteDisk>(random.next(), shape.segment_bytes, machine.id);
  const StableState& stable = machine.disk.stable();
  std::vector<replication::Record> records;
  if (stable.last() > 0) {
    replication::AppendRecord all{.first = 1, .entries = {}};
    for (Index index = 1; index <= stable.last(); ++index)
      all.entries.push_back(machine.disk.log()[index - 1]);
    records = {replication::PromiseRecord{stable.promised()}, std::move(all),
               replication::DecidedRecord{stable.decided()}};
  }
  if (const auto done = machine.bytes->format(std::move(records)); !done) fail("S1: " + done.error().what);
}

Result<StableState> Cluster::open(Machine& machine) {
  auto found = machine.bytes->open();
  if (!found) return found;
  machine.room = machine.bytes->room();
  if (machine.bytes->is_harmed()) {
    if (machine.disk.start_as(*found)) ++totals.salvaged;
    find_damage(machine);
    return found;
  }
  if (const std::string differs = difference(*found, machine.disk.stable()); !differs.empty())
    fail("S1: node " + text(machine.id) + " starts with what was never written so: " + differs);
  check_entries(machine);
  return found;
}

// As the program does, which names --rejoin: whoever looks after it starts it as a new member, or never.
void Cluster::refuse(Machine& machine, const Error& error) {
  if (!machine.bytes->is_harmed()) fail("S4: node " + text(machine.id) + " refuses to start: " + error.what);
  tell([&] { return "node " + text(machine.id) + " refuses to start: " + error.what; });
  machine.gone = true;
  if (on_refusal) on_refusal(machine.id);
}

void Cluster::end_process(Machine& machine, const Error& error) {
  if (!storage::is_no_room(error.code) && !machine.bytes->is_harmed())
    fail("S5: the disk of node " + text(machine.id) + " fails: " + error.what);
  tell([&] { return "node " + text(machine.id) + " stops: " + error.what; });
  crash(machine.id);
}

// Also those that a start does not look at.
void Cluster::check_entries(const Machine& machine) const {
  const auto stored = machine.bytes->read_entries();
  if (!stored) fail("S1: " + stored.error().what);
  const EntryLog& log = machine.disk.log();
  for (Index index = log.base() + 1; index <= log.size(); ++index) {
    const auto found = stored->find(index);
    if (found == stored->end() || !machine.disk.holds(index, *found->second))
      fail("S1: entry " + std::to_string(index) + " of node " + text(machine.id) + " is not in its segments");
  }
}

// Of what it has decided: whatever can be read is right, the rest is to be had from others.
void Cluster::find_damage(Machine& machine) const {
  ReadBack back = machine.bytes->read_back(machine.disk.stable().decided());
  for (const auto& [index, entry] : back.entries) {
    if (!machine.disk.holds(index, *entry))
      fail("S6: node " + text(machine.id) + " reads another entry " + std::to_string(index));
  }
  machine.rotten = std::move(back.damaged);
  tell([&] {
    return "node " + text(machine.id) + " has damaged files: entries behind " +
           std::to_string(machine.disk.log().size()) +
           (machine.has_lost_entries() ? " are lost, " : " are none, ") +
           std::to_string(machine.rotten.size()) + " before cannot be read";
  });
}

void Cluster::crash_disk(Machine& machine, Crash kind) {
  if (!machine.bytes) return machine.disk.crash(kind, random);
  machine.stops_in_order ? machine.bytes->stop() : machine.bytes->crash(kind);
  machine.stops_in_order = false;
  if (machine.bytes->is_harmed_at_its_end()) machine.gone = true;
  const auto found = machine.bytes->look();
  if (machine.gone || (!found && machine.bytes->is_harmed()))
    return machine.disk.crash(Crash::lose_all, random);
  if (!found) fail("S4: node " + text(machine.id) + " lost its log by a crash: " + found.error().what);
  try {
    machine.disk.recover_as(*found, machine.replica->decided(), machine.bytes->is_harmed());
  } catch (const Violation& violation) {
    throw Violation("node " + text(machine.id) + ": " + violation.what() + describe());
  }
}

void Cluster::flip_bytes(NodeId id) {
  Machine& machine = machines_.at(id);
  if (!machine.is_running() || !machine.bytes) return;
  machine.stops_in_order = true;
  crash(id);
  const bool has_harmed = !machine.gone && machine.bytes->flip_bytes();
  tell([&] {
    return "node " + text(id) + (has_harmed ? " has bytes that change" : " has none that may change");
  });
}

void Cluster::misdirect_next_write(NodeId id) {
  Machine& machine = machines_.at(id);
  if (machine.is_running() && machine.bytes) machine.bytes->misdirect_next_write();
}

void Cluster::fill_up(NodeId id, bool is_full) {
  Machine& machine = machines_.at(id);
  if (!machine.bytes) return;
  machine.bytes->fill_up(is_full);
  if (!machine.is_running()) return;
  machine.bytes->do_all_jobs();
  follow_room(machine);
}

void Cluster::follow_room(Machine& machine) {
  if (const auto room = machine.bytes->room(); room != machine.room) set_room(machine.id, room);
}

bool Cluster::can_spare_files_of(NodeId id) const {
  const auto is_whole = [this](NodeId member) {
    const auto found = machines_.find(member);
    return found != machines_.end() && !found->second.gone &&
           !(found->second.bytes &&
             (found->second.bytes->is_harmed() || found->second.bytes->is_about_to_be()));
  };
  const auto voters = history().members().voters();
  return can_spare_entries_of(id) &&
         std::ranges::all_of(voters, [&](NodeId voter) { return voter == id || is_whole(voter); });
}

void Cluster::checkpoint(NodeId id) {
  Machine& machine = machines_.at(id);
  if (!machine.is_running() || machine.paused) return;
  const Replica& replica = *machine.replica;
  const Index index = replica.decided();
  if (index <= replica.base() || index > replica.durable()) return;
  if (machine.bytes) return write_checkpoint(machine);
  if (!machine.checkpoints.empty() && index <= machine.checkpoints.back()->index) return;
  machine.checkpoints.push_back(std::make_shared<replication::Snapshot>(
      replication::Snapshot{.index = index,
                            .ballot = replica.ballot_at(index),
                            .state = Bytes::copy_of(state::encode(replica.decided_state()))}));
}

void Cluster::write_checkpoint(Machine& machine) {
  const Replica& replica = *machine.replica;
  const Index index = replica.decided();
  if (index == 0) return;
  replication::BallotRuns ballots = replica.ballots();
  ballots.truncate(index + 1);
  machine.bytes->checkpoint({index, std::move(ballots), state::encode(replica.decided_state())});
}

replication::SnapshotPtr Cluster::base_of(Machine& machine, Index limit) const {
  if (machine.bytes) return machine.bytes->base_upto(limit);
  const auto& checkpoints = machine.checkpoints;
  const auto behind =
      std::ranges::upper_bound(checkpoints, limit, {}, [](const auto& one) { return one->index; });
  return behind == checkpoints.begin() ? nullptr : *std::prev(behind);
}

void Cluster::compact(NodeId id, Index at_most) {
  step(id, [this, id, at_most](Replica& replica) {
    const Index limit = std::min({at_most, replica.decided(), replica.durable()});
    const auto base = base_of(machines_.at(id), limit);
    if (!base || base->index <= replica.base()) return;
    tell([&] { return "node " + text(id) + " drops entries up to " + std::to_string(base->index); });
    replica.compact(base);
  });
}

}  // namespace bellwether::simulation
