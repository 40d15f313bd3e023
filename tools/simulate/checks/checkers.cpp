#include "checks/checkers.hpp"

#include <algorithm>
#include <string>
#include <variant>

#include "world/violation.hpp"

namespace bellwether::simulation {

using replication::AppendDone;
using replication::AppendRecord;
using replication::DecidedEntry;
using replication::NumberedRecord;
using replication::ReadDone;
using replication::Refused;
using replication::RegisterDone;
using replication::Role;
using replication::RoleChange;
using replication::TruncateRecord;

namespace {

[[noreturn]] void fail(const Machine& machine, const std::string& what) {
  throw Violation("node " + text(machine.id) + ": " + what);
}

bool is_same(const Entry& a, const Entry& b) { return a.ballot == b.ballot && a.sum == b.sum; }

std::string at(Index index) { return " at index " + std::to_string(index); }

}  // namespace

void Checkers::on_initial_log(const std::vector<EntryPtr>& log) {
  Ballot previous;
  for (const EntryPtr& entry : log) {
    history_.decide(entry, entry->ballot);
    entries_[{history_.last(), entry->ballot}] = {entry->sum, previous};
    previous = entry->ballot;
  }
}

void Checkers::on_start(const Machine& machine) {
  if (strict_ && machine.disk.stable().promised() < told_promises_[machine.id]) {
    fail(machine, "I8: has forgotten its promise " + text(told_promises_[machine.id]));
  }
}

// ---- what a node does to its log

void Checkers::append(Machine& machine, Index index, const EntryPtr& entry) {
  if (index != machine.memory.size() + 1) fail(machine, "appends" + at(index) + ", leaving a gap");
  const Ballot previous = machine.memory.empty() ? Ballot{} : machine.memory.back()->ballot;
  const auto [known, is_new] = entries_.emplace(std::pair{index, entry->ballot}, Known{entry->sum, previous});
  if (!is_new && (known->second.sum != entry->sum || known->second.previous != previous)) {
    fail(machine, "I2: another entry, or after another one, of ballot " + text(entry->ballot) + at(index));
  }
  machine.memory.push_back(entry);
}

void Checkers::on_records(Machine& machine, const std::vector<NumberedRecord>& records) {
  for (const auto& [number, record] : records) {
    if (const auto* append_record = std::get_if<AppendRecord>(&record)) {
      Index index = append_record->first;
      for (const EntryPtr& entry : append_record->entries) append(machine, index++, entry);
    } else if (const auto* truncate = std::get_if<TruncateRecord>(&record)) {
      if (truncate->from <= machine.handed_out)
        fail(machine, "L11: truncates decided entries" + at(truncate->from));
      machine.memory.resize(truncate->from - 1);
    }
  }
}

// ---- who leads

void Checkers::on_role_change(Machine& machine, const RoleChange& change, Ticks now) {
  machine.leads.reset();
  if (change.role != Role::leader) return;
  machine.leads = change.ballot;
  if (!established_ballots_.insert(change.ballot).second) {
    fail(machine, "I1: ballot " + text(change.ballot) + " is established a second time");
  }
  if (change.ballot.id != machine.id) fail(machine, "I1: leads in another's ballot " + text(change.ballot));
  established_.push_back({now, change.ballot});
  check_completeness(machine, change.ballot);
  if (!machine.replica->tail_state().members().is_voter(machine.id))
    fail(machine, "C7: leads without a vote");
}

void Checkers::check_completeness(const Machine& machine, Ballot ballot) const {
  for (Index index = 1; index <= history_.last(); ++index) {
    if (history_.decided_in(index) >= ballot) return;  // decided later than this ballot
    if (index > machine.memory.size() || !is_same(*machine.memory[index - 1], history_.entry(index))) {
      fail(machine, "I4: leads in ballot " + text(ballot) + " without the decided entry" + at(index));
    }
  }
}

// ---- what is decided

bool Checkers::is_on_majority(Index index, const Entry& entry, const std::vector<NodeId>& voters) const {
  const auto holders = std::ranges::count_if(voters, [&](NodeId voter) {
    const auto found = machines_.find(voter);
    return found != machines_.end() && found->second.disk.holds(index, entry);
  });
  return static_cast<std::size_t>(holders) >= voters.size() / 2 + 1;
}

void Checkers::decide_first(Machine& machine, const DecidedEntry& decided,
                            const std::vector<NodeId>& before) {
  if (!machine.leads) fail(machine, "I3: decides first without leading" + at(decided.index));
  const auto& now = machine.replica->tail_state().members().voters();
  if (strict_ && !is_on_majority(decided.index, *decided.entry, before) &&
      !is_on_majority(decided.index, *decided.entry, now)) {
    fail(machine, "I5: decides what is not on a majority's disks" + at(decided.index));
  }
  history_.decide(decided.entry, *machine.leads);
}

void Checkers::on_decided(Machine& machine, const DecidedEntry& decided, const std::vector<NodeId>& before) {
  const Index index = decided.index;
  if (index != machine.handed_out + 1) fail(machine, "I8: decided entries out of order" + at(index));
  machine.handed_out = index;
  if (index > machine.memory.size() || !is_same(*machine.memory[index - 1], *decided.entry)) {
    fail(machine, "decides what is not in its log" + at(index));
  }
  if (index > history_.last()) decide_first(machine, decided, before);
  if (!is_same(history_.entry(index), *decided.entry)) fail(machine, "I3: decides another entry" + at(index));
  if (decided.offset != history_.offset_before(index)) fail(machine, "P7: another offset" + at(index));
}

void Checkers::after_step(Machine& machine) {
  const auto& replica = *machine.replica;
  if (replica.decided() != machine.handed_out) fail(machine, "I8: decided() is not what it handed out");
  if (replica.last() != machine.memory.size()) fail(machine, "last() is not the end of the log");
  if (replica.durable() > replica.last()) fail(machine, "S3: more is durable than there is");
  if (replica.promised() < machine.greatest_promised) fail(machine, "I8: a promise went back");
  if (replica.leader_ballot() < replica.promised()) fail(machine, "a leader's ballot below the promised one");
  machine.greatest_promised = replica.promised();
  if (machine.leads.has_value() != (replica.role() == Role::leader))
    fail(machine, "role() without a role change");
  if (replica.is_removed() && !history_.removed().contains(machine.id))
    fail(machine, "I9: told removed, but it is not");
  if (replica.decided_state().applied() != replica.decided())
    fail(machine, "the decided state is not after decided()");
  if (replica.tail_state().applied() != replica.last()) fail(machine, "the tail state is not after last()");
  if (machine.state_checked != replica.decided()) history_.check_state(machine.id, replica.decided_state());
  machine.state_checked = replica.decided();
  const bool leads = replica.role() == Role::leader && !replica.is_suspended();
  if (replica.leader() == machine.id && !leads) fail(machine, "P8: vouches for itself");
}

// ---- what a node says to others

void Checkers::check_promise(const Machine& machine, const Promise& promise) {
  Ballot& told = told_promises_[machine.id];
  told = std::max(told, promise.ballot);
  if (!strict_) return;
  const auto& disk = machine.disk;
  if (disk.stable().promised() < promise.ballot) fail(machine, "D2: a promise is sent before it's durable");
  const bool is_in_memory = promise.last > 0 && promise.last <= machine.memory.size() &&
                            machine.memory[promise.last - 1]->ballot == promise.last_ballot;
  if (is_in_memory && !disk.holds(promise.last, *machine.memory[promise.last - 1])) {
    fail(machine, "D2: the log that a promise describes is not durable");
  }
}

void Checkers::check_accepted(const Machine& machine, const Accepted& accepted) {
  const Index upto = accepted.durable_match;
  Ballot& told = told_promises_[machine.id];
  if (machine.disk.stable().promised() >= accepted.ballot) told = std::max(told, accepted.ballot);
  if (!strict_ || upto == 0) return;
  if (upto > machine.memory.size() || !machine.disk.holds(upto, *machine.memory[upto - 1])) {
    fail(machine, "D3: accepted counts what is not durable" + at(upto));
  }
  // What was decided, or equal already before the promise, can't be what decides in this ballot.
  if (machine.disk.log()[upto - 1]->ballot == accepted.ballot &&
      machine.disk.stable().promised() < accepted.ballot) {
    fail(machine, "D3: accepted before the promise is durable" + at(upto));
  }
}

void Checkers::on_message(const Machine& machine, NodeId to, const Message& message) {
  if (to == machine.id || to == nobody) fail(machine, "sends a message to " + text(to));
  if (const auto* promise = std::get_if<Promise>(&message)) check_promise(machine, *promise);
  if (const auto* accepted = std::get_if<Accepted>(&message)) check_accepted(machine, *accepted);
  if (const auto* prepare = std::get_if<Prepare>(&message);
      prepare != nullptr && strict_ && machine.disk.stable().promised() < prepare->ballot) {
    fail(machine, "D1: prepare is sent before the own promise is durable");
  }
  if (std::holds_alternative<Removed>(message) && !history_.removed().contains(to)) {
    fail(machine, "X1: tells node " + text(to) + " that it is removed");
  }
}

// ---- what clients are told

void Checkers::on_append_done(const Machine& machine, Tag tag, const AppendDone& done) {
  const PlacedAppend* placed = history_.find(tag);
  if (placed == nullptr) fail(machine, "P4: acknowledges what is not decided" + at(done.index));
  if (!done.offset) {
    if (!bounds_are_in_reach_)
      fail(machine, "P3: has forgotten the place of a recent append" + at(done.index));
    read_floor_ = std::max(read_floor_, placed->index);
    return;
  }
  if (*done.offset != placed->offset || done.count != placed->count || done.index != placed->index) {
    fail(machine, "I6: acknowledges index " + std::to_string(done.index) + " offset " +
                      std::to_string(*done.offset) + " for what is" + at(placed->index) + " offset " +
                      std::to_string(placed->offset));
  }
  read_floor_ = std::max(read_floor_, done.index);
}

void Checkers::on_register_done(const RegisterDone& done) {
  const auto index = number(done.producer) % state::producers_per_epoch;
  if (index == 0 || index > history_.last() ||
      !std::holds_alternative<RegisterProducer>(history_.entry(index).content)) {
    throw Violation("P1: producer id " + std::to_string(number(done.producer)) +
                    " is not of a decided reg entry");
  }
  if (!registered_.insert(done.producer).second) throw Violation("P1: a producer id is given to two clients");
}

Sequence Checkers::known_sequence(const Machine& machine, ProducerId producer) {
  const auto& producers = machine.replica->decided_state().producers();
  return producers.knows(producer) ? producers.last_sequence(producer) : 0;
}

// P3 and P8: what a client is told has to be true.
void Checkers::on_refused(const Machine& machine, ProducerId producer, Sequence sequence,
                          const Refused& refused) {
  const auto& replica = *machine.replica;
  const NodeId leader = refused.leader;
  const auto has_led = [&](const Established& one) { return one.ballot.id == leader; };
  switch (refused.code) {
    case ErrorCode::not_leader:
      if (leader == nobody || leader == machine.id)
        fail(machine, "P8: not-leader without another leader's name");
      if (leader != NodeId{1} && std::ranges::none_of(established_, has_led)) {
        fail(machine, "P8: not-leader names node " + text(leader) + ", which never led");
      }
      break;
    case ErrorCode::no_majority:
      if (!replica.is_suspended() &&
          replica.answering_voters().size() >= replica.tail_state().members().majority()) {
        fail(machine, "P8: no-majority although a majority answers");
      }
      break;
    case ErrorCode::no_leader:
      if (replica.is_established()) fail(machine, "P8: no-leader from the leader");
      break;
    case ErrorCode::unknown_producer:
      if (machine.replica->decided_state().producers().knows(producer)) {
        fail(machine, "P3: doesn't know producer " + std::to_string(number(producer)));
      }
      break;
    case ErrorCode::sequence_gap:
      if (!refused.expected || *refused.expected >= sequence ||
          *refused.expected <= known_sequence(machine, producer)) {
        fail(machine, "P3: a gap before sequence " + std::to_string(sequence) + " that isn't there");
      }
      break;
    default:
      break;
  }
}

void Checkers::on_read_done(const Machine& machine, Index floor, const ReadDone& done) {
  if (done.index < floor) {
    fail(machine, "I10: a stale read: " + std::to_string(done.index) + " < " + std::to_string(floor));
  }
  if (done.index > machine.replica->decided())
    fail(machine, "Q2: answers a read with what is not decided there");
  read_floor_ = std::max(read_floor_, done.index);
}

}  // namespace bellwether::simulation
