#include "replication/ballot_runs.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"

namespace bellwether::replication {

std::optional<BallotRuns> BallotRuns::of(std::vector<Run> runs, Index last, Base base) {
  const Run* before = nullptr;
  for (const Run& run : runs) {
    const bool follows = before == nullptr ? run.first == base.index + 1
                                           : run.first > before->first && run.ballot != before->ballot;
    if (!follows) return {};
    before = &run;
  }
  if (before == nullptr ? last != base.index : last < before->first) return {};
  BallotRuns result(base);
  result.runs_ = std::move(runs);
  result.last_ = last;
  return result;
}

Ballot BallotRuns::at(Index index) const {
  BELLWETHER_ASSERT(index >= base_.index);
  BELLWETHER_ASSERT(index <= last_);
  if (index == base_.index) return base_.ballot;
  const auto behind = std::ranges::upper_bound(runs_, index, {}, &Run::first);
  return std::prev(behind)->ballot;
}

void BallotRuns::append(Ballot ballot) {
  ++last_;
  if (runs_.empty() || runs_.back().ballot != ballot) runs_.push_back({.first = last_, .ballot = ballot});
}

void BallotRuns::truncate(Index from) {
  BELLWETHER_ASSERT(from > base_.index);
  last_ = std::min(last_, from - 1);
  while (!runs_.empty() && runs_.back().first > last_) runs_.pop_back();
}

void BallotRuns::drop_upto(Index upto) {
  base_ = {.index = upto, .ballot = at(upto)};
  const auto behind = std::ranges::upper_bound(runs_, upto + 1, {}, &Run::first);  // of entry upto + 1
  runs_.erase(runs_.begin(), behind == runs_.begin() ? behind : std::prev(behind));
  if (upto == last_) {
    runs_.clear();
  } else {
    runs_.front().first = upto + 1;
  }
}

}  // namespace bellwether::replication
