// What a node says to others.
#include <algorithm>
#include <string>
#include <variant>

#include "checks/checkers.hpp"
#include "checks/failing.hpp"

namespace bellwether::simulation {

void Checkers::check_promise(const Machine& machine, const Promise& promise) {
  if (promise.ballot != machine.replica->promised())
    fail(machine, "D6: sends a promise that a higher one has replaced");
  Ballot& told = told_promises_[machine.id];
  told = std::max(told, promise.ballot);
  if (!strict_) return;
  const auto& disk = machine.disk;
  if (disk.stable().promised() < promise.ballot) fail(machine, "D2: a promise is sent before it's durable");
  const bool is_in_memory = promise.last >= machine.memory.base() && promise.last <= machine.memory.size() &&
                            machine.memory.ballot_at(promise.last) == promise.last_ballot;
  if (is_in_memory && promise.last > 0 && !disk.holds(promise.last, promise.last_ballot)) {
    fail(machine, "D2: the log that a promise describes is not durable");
  }
}

void Checkers::check_accepted(const Machine& machine, const Accepted& accepted) {
  const Index upto = accepted.durable_match;
  Ballot& told = told_promises_[machine.id];
  if (machine.disk.stable().promised() >= accepted.ballot) told = std::max(told, accepted.ballot);
  if (!strict_ || upto == 0) return;
  const auto& memory = machine.memory;
  const bool is_dropped = upto < memory.base();
  if (upto > memory.size() ||
      !machine.disk.holds(upto, is_dropped ? history_.entry(upto).ballot : memory.ballot_at(upto))) {
    fail(machine, "D3: accepted counts what is not durable" + at(upto));
  }
  // What was decided, or equal already before the promise, can't be what decides in this ballot.
  const auto& log = machine.disk.log();
  if (log.has(upto) && log.ballot_at(upto) == accepted.ballot &&
      machine.disk.stable().promised() < accepted.ballot) {
    fail(machine, "D3: accepted before the promise is durable" + at(upto));
  }
}

void Checkers::check_take_over(const Machine& machine, NodeId to) const {
  const auto& replica = *machine.replica;
  const auto found = machines_.find(to);
  const bool has_all =
      found != machines_.end() && found->second.disk.holds(replica.last(), machine.memory.last_ballot());
  const bool went_on =
      found != machines_.end() && found->second.disk.stable().promised() > replica.promised();
  const bool lost_it =
      found != machines_.end() && found->second.disk.has_lost(replica.last(), machine.memory.last_ballot());
  if (replica.decided() != replica.last() || (!has_all && !went_on && !lost_it && strict_))
    fail(machine, "H1: hands over to node " + text(to) + " before that one has everything");
}

void Checkers::check_chunk(const Machine& machine, const SnapshotChunk& chunk) {
  auto& asked = asked_reads_[chunk.ballot];
  asked = std::max(asked, chunk.read);
  if (chunk.of.index > history_.last() || chunk.of.last_ballot != history_.entry(chunk.of.index).ballot)
    fail(machine, "K2: sends the snapshot of what is not decided" + at(chunk.of.index));
  if (chunk.position > chunk.of.total || chunk.bytes.size() > chunk.of.total - chunk.position)
    fail(machine, "L3: sends bytes from behind the end of a snapshot" + at(chunk.of.index));
}

// S6: what is given to who cannot read it any more is on the giver's disk; whether it fits, on_repaired() sees.
void Checkers::check_entries(const Machine& machine, const EntryRange& range) const {
  for (Index index = range.previous + 1; index < range.end; ++index) {
    if (!machine.disk.holds(index, machine.memory.ballot_at(index)))
      fail(machine, "S6: gives away what its disk does not hold" + at(index));
  }
}

void Checkers::on_repaired(const Machine& machine, Index index, const Entry& entry) const {
  if (!machine.reported.contains(index)) fail(machine, "S6: repairs what was not reported" + at(index));
  const Entry& truth = history_.entry(index);
  if (entry.ballot != truth.ballot || entry.sum != truth.sum)
    fail(machine, "S6: repairs with another entry" + at(index));
}

void Checkers::on_message(const Machine& machine, NodeId to, const Message& message, Ticks now) {
  if (const auto* accepted = std::get_if<Accepted>(&message)) echoed_[{machine.id, accepted->ballot}] = now;
  if (to == machine.id || to == nobody) fail(machine, "sends a message to " + text(to));
  if (const auto* promise = std::get_if<Promise>(&message)) check_promise(machine, *promise);
  if (const auto* accepted = std::get_if<Accepted>(&message)) check_accepted(machine, *accepted);
  if (const auto* prepare = std::get_if<Prepare>(&message);
      prepare != nullptr && strict_ && machine.disk.stable().promised() < prepare->ballot) {
    fail(machine, "D1: prepare is sent before the own promise is durable");
  }
  if (machine.replica->is_removed()) fail(machine, "X2: is removed and speaks");
  if (std::holds_alternative<TakeOver>(message)) check_take_over(machine, to);
  if (const auto* accept = std::get_if<Accept>(&message)) {
    auto& asked = asked_reads_[accept->ballot];
    asked = std::max(asked, accept->read);
  }
  if (const auto* chunk = std::get_if<SnapshotChunk>(&message)) check_chunk(machine, *chunk);
  if (const auto* entries = std::get_if<Entries>(&message)) check_entries(machine, entries->entries);
  if (const auto* accepted = std::get_if<Accepted>(&message);
      accepted != nullptr && accepted->read > asked_reads_[accepted->ballot])
    fail(machine, "Q2: echoes a read round that the leader has not started");
  if (std::holds_alternative<Removed>(message) && !history_.removed().contains(to)) {
    fail(machine, "X1: tells node " + text(to) + " that it is removed");
  }
}

}  // namespace bellwether::simulation
