// replication/ballot_runs.hpp: the ballot of every entry of the log, from the base on, kept as runs of equal
// ballots, so that its size grows with the number of leaders that there were and not with the length of the log.
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
  // The entry before the first one that is retained: everything up to it is dropped. At first, none is.
  struct Base {
    Index index;
    Ballot ballot;

    friend bool operator==(const Base&, const Base&) = default;
  };

  BallotRuns() = default;
  explicit BallotRuns(Base base) : base_(base), last_(base.index) {}  // of no entries behind `base`

  // None: those are no runs of entries base.index + 1 to `last`.
  static std::optional<BallotRuns> of(std::vector<Run> runs, Index last, Base base = {0, {}});

  const Base& base() const { return base_; }
  Index last() const { return last_; }
  Ballot last_ballot() const { return at(last_); }
  Ballot at(Index index) const;  // base().index <= index <= last(); the least ballot for index 0
  bool has(Index index, Ballot ballot) const {  // false for what is dropped, or not there
    return index >= base_.index && index <= last_ && at(index) == ballot;
  }

  void append(Ballot ballot);  // of entry last() + 1
  void truncate(Index from);   // drops from `from` on; from > base().index
  void drop_upto(Index upto);  // the new base; base().index <= upto <= last()

  const std::vector<Run>& runs() const {
    return runs_;
  }  // ascending, the first one of entry base().index + 1

 private:
  Base base_{0, {}};
  std::vector<Run> runs_;
  Index last_ = 0;
};

}  // namespace bellwether::replication
