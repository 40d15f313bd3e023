// simulate/checks/checkers.hpp: the invariants of consensus.md section 14, checked after every step of every node
// with everything in view: all disks, all logs, all that was ever decided. What doesn't hold throws
// Violation.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "checks/history.hpp"
#include "replication/output.hpp"
#include "world/machine.hpp"

namespace bellwether::simulation {

struct Established {
  Ticks at = 0;
  Ballot ballot;
};

struct AskedAppend {
  ProducerId producer = no_producer;
  Sequence sequence = 0;
  Sequence stored = 0;  // of its producer, the greatest that was decided when it was asked
};

class Checkers {
 public:
  // `strict` also looks at the disk when a message is sent that needs something there; else only outcomes
  // count.
  Checkers(const Machines& machines, bool strict, state::ProducerLimits limits)
      : machines_(machines),
        strict_(strict),
        limits_(limits),
        bounds_are_in_reach_(limits.groups_max < 100),
        history_(limits) {}

  const History& history() const { return history_; }
  History& history() { return history_; }
  const std::vector<Established>& established() const { return established_; }

  void on_initial_log(const std::vector<EntryPtr>& log);
  // A cluster of its own, made of a machine of another one. `log`: as that one's disk holds it, with the reset, which
  // is all decided now.
  void on_recovered(const Checkers& former, const Machine& survivor, const EntryLog& log);
  void on_start(const Machine& machine);
  // Keeps the machine's log in memory up to date with what the core writes.
  void on_records(Machine& machine, const std::vector<replication::NumberedRecord>& records);
  void on_role_change(Machine& machine, const replication::RoleChange& change, Ticks now);
  // `before`: the voters in force before the step; what decides in a step may also change them.
  void on_decided(Machine& machine, const replication::DecidedEntry& decided,
                  const std::vector<NodeId>& before);
  // The runtime is told of every installation, or it would go on with what it had read of the former log.
  void on_installed(const Machine& machine, const replication::Output& output) const;
  void on_message(const Machine& machine, NodeId to, const Message& message, Ticks now);
  void on_repaired(const Machine& machine, Index index, const Entry& entry) const;
  void on_denied(const Machine& machine, Tag tag);
  void on_removal_done(const Machine& machine, NodeId member) const;
  void after_step(Machine& machine);

  // ---- answers
  void on_append_done(const Machine& machine, Tag tag, const replication::AppendDone& done);
  void on_register_done(const replication::RegisterDone& done);
  void on_read_done(const Machine& machine, Index floor, Ticks asked_at, const replication::ReadDone& done);
  void on_refused(const Machine& machine, const AskedAppend& asked, const replication::Refused& refused);
  Index read_floor() const { return read_floor_; }  // a read that is asked now returns at least this

 private:
  void begin_with(const EntryPtr& entry, Ballot decided_in);
  void append(Machine& machine, Index index, const EntryPtr& entry);
  void decide_first(Machine& machine, const replication::DecidedEntry& decided,
                    const std::vector<NodeId>& before);
  bool is_on_majority(Index index, const Entry& entry, const std::vector<NodeId>& voters) const;
  void check_completeness(const Machine& machine, Ballot ballot) const;
  void check_room(const Machine& machine, Index index, const Entry& entry) const;
  void check_change(const Machine& machine, const replication::AppendRecord& record) const;
  void check_take_over(const Machine& machine, NodeId to) const;
  bool is_confirmed(const std::vector<NodeId>& voters, Ballot ballot, Ticks asked_at) const;
  void check_confirmed(const Machine& machine, Ticks asked_at, Index index) const;
  void check_promised_majority(const Machine& machine, Ballot ballot) const;
  void check_decided_by_own_entry(const Machine& machine) const;
  void check_matches(const Machine& machine) const;
  void check_base(const Machine& machine, const replication::Snapshot& base) const;
  void check_compaction(const Machine& machine, const replication::Snapshot& base) const;
  void check_installation(const Machine& machine, const replication::Snapshot& base) const;
  void check_promise(const Machine& machine, const Promise& promise);
  void check_entries(const Machine& machine, const EntryRange& range) const;
  void check_chunk(const Machine& machine, const SnapshotChunk& chunk);
  void check_accepted(const Machine& machine, const Accepted& accepted);

  const Machines& machines_;
  bool strict_;
  state::ProducerLimits limits_;
  bool bounds_are_in_reach_;  // of the table of producers
  History history_;
  std::vector<Established> established_;
  std::set<Ballot> established_ballots_;
  struct Known {
    std::uint64_t sum;
    Ballot previous;
  };
  std::map<std::pair<Index, Ballot>, Known> entries_;      // every entry that was ever in some log
  std::map<NodeId, Ballot> told_promises_;                 // that a node told others
  std::multimap<Tag, std::pair<Index, Ballot>> appended_;  // where each append ever stood in a log
  std::map<std::pair<NodeId, Ballot>, Ticks> echoed_;      // when a node last answered that ballot's leader
  std::map<Ballot, std::uint64_t> asked_reads_;            // greatest read round of each leader
  std::set<ProducerId> registered_;
  std::set<Tag> acknowledged_;
  Index read_floor_ = 0;
};

}  // namespace bellwether::simulation
