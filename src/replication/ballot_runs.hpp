// replication/ballot_runs.hpp: the ballot of every entry of the log, kept as runs of equal ballots, so
// that its size grows with the number of leaders that there were and not with the length of the log.
// Threads: none, no lock.
#pragma once

#include <optional>
#include <vector>

#include "protocol/ballot.hpp"
#include "protocol/ids.hpp"

namespace bellwether::replication {

class BallotRuns {
 public:
  struct Run {
    Index first;
    Ballot ballot;
  };

  // None: those are no runs of entries 1 to `last`.
  static std::optional<BallotRuns> of(std::vector<Run> runs, Index last);

  Index last() const { return last_; }
  Ballot last_ballot() const { return at(last_); }
  Ballot at(Index index) const;  // index <= last(); the least ballot for index 0

  void append(Ballot ballot);  // of entry last() + 1
  void truncate(Index from);   // drops from `from` on

  const std::vector<Run>& runs() const { return runs_; }  // ascending

 private:
  std::vector<Run> runs_;
  Index last_ = 0;
};

}  // namespace bellwether::replication
