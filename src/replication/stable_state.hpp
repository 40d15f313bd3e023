// replication/stable_state.hpp: what a node's disk says, built by replaying its records in order. Recovery
// feeds it from the log file; the simulator keeps one as the contents of a simulated disk.
// It may begin at a checkpoint, with the records from somewhere before the entries behind it on: those that
// only repeat what the checkpoint says are checked and passed over.
// Errors:  a record that does not follow from those before it (a gap, a truncation of decided entries, a base that
//          is not decided or goes back), a snapshot whose state cannot be read.
// Threads: none, no lock.
#pragma once

#include <deque>

#include "base/result.hpp"
#include "protocol/ballot.hpp"
#include "protocol/entry.hpp"
#include "protocol/ids.hpp"
#include "replication/ballot_runs.hpp"
#include "replication/checkpoint.hpp"
#include "replication/record.hpp"
#include "state/state_machine.hpp"

namespace bellwether::replication {

class StableState {
 public:
  StableState() = default;
  explicit StableState(state::ProducerLimits limits) : decided_state_(limits) {}
  // start.last and start.base->index <= checkpoint.index(). The checkpoint's ballots may reach further back than
  // start.base; if they begin behind it, the records have to say why.
  StableState(Checkpoint checkpoint, const LogStart& start);

  Result<void> replay(const Record& record);
  // When all is replayed. Errors: the log does not reach up to what the checkpoint says, or back to its base.
  Result<void> check_complete() const;

  Ballot promised() const { return promised_; }
  bool is_removed() const { return removed_; }
  const LogEnd& lost() const { return lost_; }  // see LostRecord
  Index decided() const { return decided_; }
  Index last() const { return decided_ + undecided_.size(); }
  Offset next_offset() const;                             // of the message behind those of entry last()
  const SnapshotPtr& base() const { return base_; }       // null: nothing was dropped
  const BallotRuns& ballots() const { return ballots_; }  // of the retained entries, up to last()
  const state::State& decided_state() const { return decided_state_; }  // after entry decided()
  const std::deque<EntryPtr>& undecided() const { return undecided_; }  // entries decided() + 1 .. last()

 private:
  Result<void> replay_one(const PromiseRecord& record);
  Result<void> replay_one(const AppendRecord& record);
  Result<void> replay_one(const TruncateRecord& record);
  Result<void> replay_one(const DecidedRecord& record);
  Result<void> replay_one(const RemovedRecord& record);
  Result<void> replay_one(const LostRecord& record);
  Result<void> replay_one(const CompactRecord& record);
  Result<void> replay_one(const InstallRecord& record);
  Result<void> rebase(const SnapshotPtr& base);
  Result<void> begin_with(const Snapshot& base);
  void decide(Index upto);

  Ballot promised_;
  bool removed_ = false;
  LogEnd lost_;
  Index decided_ = 0;
  SnapshotPtr base_;
  BallotRuns ballots_;
  state::State decided_state_;
  std::deque<EntryPtr> undecided_;
  // What the records alone have said so far; less than the above as long as they only repeat the checkpoint.
  Index replayed_last_ = 0;
  Index replayed_decided_ = 0;
};

}  // namespace bellwether::replication
