#include "storage/log_tail.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "base/assert.hpp"

namespace bellwether::storage {

LogTail::LogTail(const Opening& opening, replication::BallotRuns ballots)
    : promised_(opening.promised),
      removed_(opening.removed),
      lost_(opening.lost),
      decided_(opening.decided),
      ballots_(std::move(ballots)),
      next_offset_(opening.next_offset),
      known_from_(opening.last + 1) {
  BELLWETHER_ASSERT(ballots_.last() == opening.last);
}

void LogTail::append(const Entry& entry) {
  ballots_.append(entry.ballot);
  undecided_.push_back(next_offset_);
  next_offset_ += entry.message_count();
}

void LogTail::apply(const replication::Record& record) {
  if (const auto* promise = std::get_if<replication::PromiseRecord>(&record)) {
    promised_ = std::max(promised_, promise->ballot);
  } else if (const auto* decided = std::get_if<replication::DecidedRecord>(&record)) {
    decide(decided->decided);
  } else if (const auto* lost = std::get_if<replication::LostRecord>(&record)) {
    lost_ = lost->end;
  } else {
    BELLWETHER_ASSERT(std::holds_alternative<replication::RemovedRecord>(record));
    removed_ = true;
  }
}

void LogTail::decide(Index upto) {
  decided_ = std::max(decided_, upto);
  while (known_from_ <= decided_ && !undecided_.empty()) {
    undecided_.pop_front();
    ++known_from_;
  }
}

void LogTail::truncate(Index from, Offset next_offset) {
  if (from > last()) return;
  next_offset_ = next_offset;
  if (from < known_from_) {  // entries of before the segment that the reading began with
    undecided_.clear();
    known_from_ = from;
  } else {
    undecided_.resize(from - known_from_);
  }
  // What is before the base a checkpoint that is replayed towards does not tell, and nobody asks for it.
  if (from <= ballots_.base().index) {
    ballots_ = replication::BallotRuns({.index = from - 1, .ballot = {}});
  } else {
    ballots_.truncate(from);
  }
}

void LogTail::compact(const BaseMark& base) {
  decide(base.index);
  if (base.index > ballots_.base().index) ballots_.drop_upto(base.index);
}

void LogTail::install(const BaseMark& base) {
  decided_ = std::max(decided_, base.index);
  ballots_ = replication::BallotRuns({.index = base.index, .ballot = base.ballot});
  next_offset_ = base.next_offset;
  undecided_.clear();
  known_from_ = base.index + 1;
}

Offset LogTail::offset_at(Index index) const {
  if (index > last()) return next_offset_;
  BELLWETHER_ASSERT(index >= known_from_);
  return undecided_[index - known_from_];
}

Opening LogTail::say() const {
  Opening opening;
  opening.promised = promised_;
  opening.removed = removed_;
  opening.lost = lost_;
  opening.decided = decided_;
  opening.last = last();
  opening.last_ballot = ballots_.last_ballot();
  opening.next_offset = next_offset_;
  return opening;
}

}  // namespace bellwether::storage
