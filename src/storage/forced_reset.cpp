#include "storage/forced_reset.hpp"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "state/state_machine.hpp"
#include "storage/inspection.hpp"
#include "storage/posix_folder.hpp"
#include "storage/write_once.hpp"

namespace bellwether::storage {
namespace {

using replication::StableState;

tl::unexpected<Error> refused(const std::string& why) {
  return failure(std::errc::operation_not_permitted, why);
}

std::string name(NodeId id) { return "node " + std::to_string(number(id)); }

state::State tail_of(const StableState& log) {
  state::State tail = log.decided_state();
  Index index = log.decided();
  for (const EntryPtr& entry : log.undecided()) tail.apply(++index, *entry);
  return tail;
}

replication::LogEnd end_of(const StableState& log) {
  const Index last = log.last();
  return {last == 0 ? Ballot() : log.ballots().at(last), last};
}

Result<Identity> identity_of_member(const DataDirectory& directory) {
  const auto rejoin = directory.read_rejoin();
  if (!rejoin) return tl::unexpected(rejoin.error());
  if (*rejoin) {
    return refused("this node is joining again as a new member (--rejoin): what is in " +
                   directory.path().string() + " must not be a cluster of its own");
  }
  auto identity = directory.read_identity();
  if (!identity) return tl::unexpected(std::move(identity.error()));
  if (!*identity)
    return refused(directory.path().string() + " belongs to no member: it has no identity.json");
  if ((*identity)->membership == Membership::left)
    return refused(name((*identity)->id) + " has left its cluster, which went on without it");
  if ((*identity)->membership == Membership::removed)
    return refused(name((*identity)->id) + " was removed from its cluster, which went on without it");
  return **std::move(identity);
}

// The record of the survivor itself. One whose removal is in its log and not decided has that of before.
const state::Member* own_record(const Identity& identity, const state::State& tail, const StableState& log) {
  const state::Member* own = tail.members().find(identity.id);
  return own != nullptr ? own : log.decided_state().members().find(identity.id);
}

Result<ResetCluster> reset_for(const Identity& identity, const std::string& cluster, const state::State& tail,
                               const StableState& log) {
  const state::Member* own = own_record(identity, tail, log);
  if (own == nullptr) {
    return refused(name(identity.id) +
                   " has not got far enough in the log to find itself a member in it: it lacks most of what "
                   "the cluster had");
  }
  if (tail.members().voters() == std::vector{identity.id})
    return refused(name(identity.id) + " is the only voter of its cluster: nothing is lost, just start it");
  if (tail.epoch() >= state::epoch_max) return refused("a cluster is recovered 8191 times at most");
  return ResetCluster{.cluster = cluster,
                      .former = identity.cluster,
                      .epoch = tail.epoch() + 1,
                      .id = identity.id,
                      .token = own->token,
                      .address = own->address,
                      .priority = own->priority};
}

// Above everything that this node has promised, or that its log had before it was damaged.
Ballot ballot_for(const ResetCluster& reset, const StableState& log) {
  const auto round = std::max({log.promised().round, end_of(log).ballot.round, log.lost().ballot.round}) + 1;
  return {round, reset.priority, reset.id};
}

std::vector<replication::Record> records_for(const Survivor& survivor, std::uint64_t now_ms,
                                             const StableState& log) {
  if (unfinished_reset(log, survivor.identity)) return {};
  const Ballot ballot = ballot_for(survivor.reset, log);
  const Index index = log.last() + 1;
  auto entry = make_entry(index, ballot, now_ms, survivor.reset);
  std::vector<replication::Record> records;
  records.emplace_back(replication::PromiseRecord{ballot});
  records.emplace_back(replication::AppendRecord{index, {std::move(entry)}});
  // Nobody is left who could give back what damage took, and the log is as up to date as it was (S6).
  if (log.lost().index > 0) records.emplace_back(replication::LostRecord{});
  records.emplace_back(replication::DecidedRecord{index});
  return records;
}

}  // namespace

std::optional<ResetCluster> unfinished_reset(const StableState& log, const Identity& identity) {
  for (const EntryPtr& entry : log.undecided()) {
    const auto* reset = std::get_if<ResetCluster>(&entry->content);
    if (reset != nullptr && reset->former == identity.cluster) return *reset;
  }
  const state::State& state = log.decided_state();
  if (std::ranges::find(state.former(), identity.cluster) == state.former().end()) return std::nullopt;
  ResetCluster reset;
  reset.cluster = state.cluster();
  reset.former = identity.cluster;
  reset.epoch = state.epoch();
  reset.id = identity.id;
  return reset;
}

Result<Survivor> examine_survivor(const DataDirectory& directory, const std::string& cluster) {
  auto identity = identity_of_member(directory);
  if (!identity) return tl::unexpected(std::move(identity.error()));
  PosixFolder folder(directory.log_path(), PosixFolder::Access::read_only);
  const Inspection found = inspect_log(folder);
  if (!found.reading) return failure(std::errc::bad_message, found.problem);
  const StableState& log = found.reading->state;
  if (log.is_removed())
    return refused(name(identity->id) + " was removed from its cluster, which went on without it");

  Survivor survivor;
  const state::State tail = tail_of(log);
  if (auto begun = unfinished_reset(log, *identity)) {
    survivor.is_begun = true;
    survivor.reset = *std::move(begun);
  } else {
    auto reset = reset_for(*identity, cluster, tail, log);
    if (!reset) return tl::unexpected(std::move(reset.error()));
    survivor.reset = *std::move(reset);
  }
  survivor.identity = *std::move(identity);
  survivor.members = tail.members();
  survivor.end = end_of(log);
  survivor.decided = log.decided();
  survivor.first_offset = found.reading->map->base().next_offset;
  survivor.decided_offset = log.decided_state().next_offset();
  survivor.next_offset = tail.next_offset();
  survivor.damage = found.problem;
  return survivor;
}

Result<void> force_reset(DataDirectory& directory, const Survivor& survivor, const std::string& key,
                         std::uint64_t now_ms) {
  LogOptions options;
  options.may_create = false;
  options.self = survivor.identity.id;
  auto written = write_once(directory.log_path(), options,
                            [&](const StableState& log) { return records_for(survivor, now_ms, log); });
  if (!written) return written;
  Identity identity = survivor.identity;
  identity.cluster = survivor.reset.cluster;
  identity.key = key;
  identity.epoch = survivor.reset.epoch;
  identity.contacts.clear();
  return directory.write_identity(identity);
}

}  // namespace bellwether::storage
