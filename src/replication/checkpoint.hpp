// replication/checkpoint.hpp: what makes reading the log up to an entry unnecessary (consensus.md K4): the
// state behind that entry and the ballots up to it. The entry is decided.
#pragma once

#include "protocol/ids.hpp"
#include "replication/ballot_runs.hpp"
#include "replication/record.hpp"
#include "replication/snapshot.hpp"
#include "state/state_machine.hpp"

namespace bellwether::replication {

struct Checkpoint {
  BallotRuns ballots;  // of the retained entries up to index()
  state::State state;

  Index index() const { return state.applied(); }
};

// What the log says where a replay begins, if that is not its front.
struct LogStart {
  Ballot promised;
  bool removed = false;
  LogEnd lost{};  // see LostRecord
  Index decided = 0;
  Index last = 0;
  SnapshotPtr base = nullptr;  // nothing was dropped
};

}  // namespace bellwether::replication
