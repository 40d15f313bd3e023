// What clients are told.
#include <algorithm>
#include <string>
#include <variant>

#include "checks/checkers.hpp"
#include "checks/failing.hpp"

namespace bellwether::simulation {

using replication::AppendDone;
using replication::ReadDone;
using replication::Refused;
using replication::RegisterDone;

void Checkers::on_removal_done(const Machine& machine, NodeId member) const {
  if (!history_.removed().contains(member))
    fail(machine, "G6: says that node " + text(member) + " is removed");
}

void Checkers::on_append_done(const Machine& machine, Tag tag, const AppendDone& done) {
  const PlacedAppend* placed = history_.find(tag);
  if (placed == nullptr) fail(machine, "P4: acknowledges what is not decided" + at(done.index));
  acknowledged_.insert(tag);
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

// L12: `retry` means: not stored, and never will be. Whatever was appended has lost its place by then.
void Checkers::on_denied(const Machine& machine, Tag tag) {
  const auto [first, last] = appended_.equal_range(tag);
  for (auto one = first; one != last; ++one) {
    const auto [index, ballot] = one->second;
    if (index > history_.last() || history_.entry(index).ballot == ballot)
      fail(machine, "L12: denies an append that is or may be decided" + at(index));
  }
  history_.deny(tag);
}

void Checkers::on_register_done(const RegisterDone& done) {
  const auto index = number(done.producer) % state::producers_per_epoch;
  if (index == 0 || index > history_.last() ||
      done.producer != state::producer_id(history_.epoch_at(index), index) ||
      !std::holds_alternative<RegisterProducer>(history_.entry(index).content)) {
    throw Violation("P1: producer id " + std::to_string(number(done.producer)) +
                    " is not of a decided reg entry");
  }
  if (!registered_.insert(done.producer).second) throw Violation("P1: a producer id is given to two clients");
}

// P3 and P8: what a client is told has to be true.
void Checkers::on_refused(const Machine& machine, const AskedAppend& asked, const Refused& refused) {
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
    case ErrorCode::disk_full:
      if (!replica.is_established()) fail(machine, "P8: disk-full from who doesn't lead");
      break;
    case ErrorCode::unknown_producer:
      if (history_.knows_producer(asked.producer)) {  // decided by anyone: its client could not ask before
        fail(machine, "P3: doesn't know producer " + std::to_string(number(asked.producer)));
      }
      break;
    case ErrorCode::sequence_gap:
      if (!refused.expected || *refused.expected >= asked.sequence || *refused.expected <= asked.stored) {
        fail(machine, "P3: a gap before sequence " + std::to_string(asked.sequence) + " that isn't there");
      }
      break;
    default:
      break;
  }
}

bool Checkers::is_confirmed(const std::vector<NodeId>& voters, Ballot ballot, Ticks asked_at) const {
  const auto confirmed = std::ranges::count_if(voters, [&](NodeId voter) {
    const auto echoed = echoed_.find({voter, ballot});
    return voter == ballot.id || (echoed != echoed_.end() && echoed->second >= asked_at);
  });
  return static_cast<std::size_t>(confirmed) >= voters.size() / 2 + 1;
}

// A leader that was asked as a follower may answer what an earlier leader had confirmed, once its log is there: with
// an entry from before its own.
void Checkers::check_confirmed(const Machine& machine, Ticks asked_at, Index index) const {
  const auto& voters = machine.replica->tail_state().members().voters();
  const bool is_earlier = index == 0 || history_.entry(index).ballot != *machine.leads;
  const auto confirms = [&](const auto& echoed) {
    return is_confirmed(voters, echoed.first.second, asked_at);
  };
  if (is_confirmed(voters, *machine.leads, asked_at)) return;
  if (!is_earlier || std::ranges::none_of(echoed_, confirms))
    fail(machine, "Q2: answers a read that no majority has confirmed since it was asked");
}

void Checkers::on_read_done(const Machine& machine, Index floor, Ticks asked_at, const ReadDone& done) {
  if (strict_ && machine.leads) check_confirmed(machine, asked_at, done.index);
  if (done.index < floor) {
    fail(machine, "I10: a stale read: " + std::to_string(done.index) + " < " + std::to_string(floor));
  }
  if (done.index > machine.replica->decided())
    fail(machine, "Q2: answers a read with what is not decided there");
  read_floor_ = std::max(read_floor_, done.index);
}

}  // namespace bellwether::simulation
