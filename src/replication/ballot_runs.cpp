#include "replication/ballot_runs.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"

namespace bellwether::replication {

std::optional<BallotRuns> BallotRuns::of(std::vector<Run> runs, Index last) {
  Run before{.first = 0, .ballot = {}};
  for (const Run& run : runs) {
    const bool follows =
        before.first == 0 ? run.first == 1 : run.first > before.first && run.ballot != before.ballot;
    if (!follows) return {};
    before = run;
  }
  if (runs.empty() ? last != 0 : last < before.first) return {};
  BallotRuns result;
  result.runs_ = std::move(runs);
  result.last_ = last;
  return result;
}

Ballot BallotRuns::at(Index index) const {
  BELLWETHER_ASSERT(index <= last_);
  if (index == 0) return {};
  const auto behind = std::ranges::upper_bound(runs_, index, {}, &Run::first);
  return std::prev(behind)->ballot;
}

void BallotRuns::append(Ballot ballot) {
  ++last_;
  if (runs_.empty() || runs_.back().ballot != ballot) runs_.push_back({.first = last_, .ballot = ballot});
}

void BallotRuns::truncate(Index from) {
  BELLWETHER_ASSERT(from >= 1);
  last_ = std::min(last_, from - 1);
  while (!runs_.empty() && runs_.back().first > last_) runs_.pop_back();
}

}  // namespace bellwether::replication
