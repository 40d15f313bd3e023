#include "storage/forced_reset.hpp"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "replication/reset.hpp"
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

std::vector<replication::Record> records_for(const Survivor& survivor, std::uint64_t now_ms,
                                             const StableState& log) {
  if (unfinished_reset(log, survivor.identity)) return {};
  return replication::reset_records(log, survivor.reset, now_ms);
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
  const state::State tail = replication::tail_state_of(log);
  if (auto begun = unfinished_reset(log, *identity)) {
    survivor.is_begun = true;
    survivor.reset = *std::move(begun);
  } else {
    auto reset = replication::reset_for(log, identity->id, identity->cluster, cluster);
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
