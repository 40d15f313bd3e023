#include "replication/reset.hpp"

#include <algorithm>
#include <utility>

namespace bellwether::replication {
namespace {

tl::unexpected<Error> refused(const std::string& why) {
  return failure(std::errc::operation_not_permitted, why);
}

// Above everything that this node has promised, or that its log had before it was damaged.
Ballot ballot_of(const ResetCluster& reset, const StableState& log) {
  const auto round =
      std::max({log.promised().round, log.ballots().last_ballot().round, log.lost().ballot.round});
  return {.round = round + 1, .priority = reset.priority, .id = reset.id};
}

}  // namespace

state::State tail_state_of(const StableState& log) {
  state::State tail = log.decided_state();
  for (const EntryPtr& entry : log.undecided()) tail.apply(tail.applied() + 1, *entry);
  return tail;
}

Result<ResetCluster> reset_for(const StableState& log, NodeId self, const std::string& former,
                               const std::string& cluster) {
  const std::string name = "node " + std::to_string(number(self));
  if (log.is_removed()) return refused(name + " was removed from its cluster, which went on without it");
  const state::State tail = tail_state_of(log);
  const state::Member* own = tail.members().find(self);
  // A member that catches up would stand between the two entries for a moment, and tell its leader that it is removed (X1).
  if (own == nullptr && log.decided_state().members().has(self)) {
    return refused(
        "the removal of " + name +
        " was begun and is in its log: it cannot be a member again; `bellwetherctl inspect` shows what it "
        "has");
  }
  if (own == nullptr) {
    return refused(
        name +
        " has not got far enough in the log to find itself a member in it: it lacks most of what the "
        "cluster had");
  }
  if (tail.members().voters() == std::vector{self})
    return refused(name + " is the only voter of its cluster: nothing is lost, just start it");
  if (tail.epoch() >= state::epoch_max) return refused("a cluster is recovered 8191 times at most");
  return ResetCluster{.cluster = cluster,
                      .former = former,
                      .epoch = tail.epoch() + 1,
                      .id = self,
                      .token = own->token,
                      .address = own->address,
                      .priority = own->priority};
}

std::vector<Record> reset_records(const StableState& log, const ResetCluster& reset, std::uint64_t now_ms) {
  const Ballot ballot = ballot_of(reset, log);
  const Index index = log.last() + 1;
  EntryPtr entry = make_entry(index, ballot, now_ms, reset);
  std::vector<Record> records;
  records.emplace_back(PromiseRecord{ballot});
  records.emplace_back(AppendRecord{.first = index, .entries = {std::move(entry)}});
  // Nobody is left who could give back what damage took, and the log is as up to date as it was (S6).
  if (log.lost().index > 0) records.emplace_back(LostRecord{});
  records.emplace_back(DecidedRecord{index});
  return records;
}

}  // namespace bellwether::replication
