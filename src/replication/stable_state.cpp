#include "replication/stable_state.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "base/assert.hpp"
#include "state/state_encoding.hpp"

namespace bellwether::replication {
namespace {

tl::unexpected<Error> does_not_follow(const std::string& what) {
  return failure(std::errc::illegal_byte_sequence, "the log contradicts itself: " + what);
}

}  // namespace

StableState::StableState(Checkpoint checkpoint, const LogStart& start)
    : promised_(start.promised),
      removed_(start.removed),
      lost_(start.lost),
      decided_(checkpoint.index()),
      base_(start.base),
      ballots_(std::move(checkpoint.ballots)),
      decided_state_(std::move(checkpoint.state)),
      replayed_last_(start.last),
      replayed_decided_(start.decided) {
  BELLWETHER_ASSERT(start.last <= decided_);
  BELLWETHER_ASSERT(ballots_.last() == decided_);
  BELLWETHER_ASSERT(index_of(base_) <= decided_);
  if (index_of(base_) > ballots_.base().index) ballots_.drop_upto(index_of(base_));
}

Result<void> StableState::check_complete() const {
  if (ballots_.base().index != index_of(base_)) {
    return does_not_follow("it begins behind entry " + std::to_string(index_of(base_)) +
                           ", a checkpoint behind entry " + std::to_string(ballots_.base().index));
  }
  if (replayed_last_ >= decided_) return {};
  return does_not_follow("it ends with entry " + std::to_string(replayed_last_) +
                         ", and a checkpoint says that entry " + std::to_string(decided_) + " was decided");
}

Result<void> StableState::replay(const Record& record) {
  return std::visit([this](const auto& one) { return replay_one(one); }, record);
}

Offset StableState::next_offset() const {
  Offset offset = decided_state_.next_offset();
  for (const EntryPtr& entry : undecided_) offset += entry->message_count();
  return offset;
}

Result<void> StableState::replay_one(const PromiseRecord& record) {
  promised_ = std::max(promised_, record.ballot);
  return {};
}

Result<void> StableState::replay_one(const AppendRecord& record) {
  if (record.first != replayed_last_ + 1) {
    return does_not_follow("entry " + std::to_string(record.first) + " after entry " +
                           std::to_string(replayed_last_));
  }
  for (const EntryPtr& entry : record.entries) {
    if (++replayed_last_ <= decided_) continue;
    ballots_.append(entry->ballot);
    undecided_.push_back(entry);
  }
  return {};
}

Result<void> StableState::replay_one(const TruncateRecord& record) {
  if (record.from <= replayed_decided_)
    return does_not_follow("decided entry " + std::to_string(record.from) + " is dropped");
  if (record.from > replayed_last_) return {};
  replayed_last_ = record.from - 1;
  // What was dropped and written anew before the checkpoint's entry was decided.
  const Index from = std::max(record.from, decided_ + 1);
  undecided_.resize(from - decided_ - 1);
  ballots_.truncate(from);
  return {};
}

Result<void> StableState::replay_one(const DecidedRecord& record) {
  if (record.decided > replayed_last_) {
    return does_not_follow("entry " + std::to_string(record.decided) + " is decided but not there");
  }
  decide(record.decided);
  return {};
}

void StableState::decide(Index upto) {
  replayed_decided_ = std::max(replayed_decided_, upto);
  while (decided_ < upto) {
    decided_state_.apply(++decided_, *undecided_.front());
    undecided_.pop_front();
  }
}

Result<void> StableState::replay_one(const RemovedRecord&) {
  removed_ = true;
  return {};
}

Result<void> StableState::replay_one(const LostRecord& record) {
  lost_ = record.end;
  return {};
}

// Its entries were decided and durable when it was written, so they are there; that they were decided may have been
// told by the checkpoint alone.
Result<void> StableState::replay_one(const CompactRecord& record) {
  const Index index = record.base->index;
  if (index <= index_of(base_) || index > replayed_last_) {
    return does_not_follow("entries up to " + std::to_string(index) + " are dropped, of " +
                           std::to_string(index_of(base_)) + " to " + std::to_string(replayed_last_));
  }
  decide(index);
  return rebase(record.base);
}

Result<void> StableState::replay_one(const InstallRecord& record) {
  const Index index = record.base->index;
  if (index <= replayed_decided_) {
    return does_not_follow("a snapshot of entry " + std::to_string(index) + " replaces decided entries");
  }
  if (index > decided_) {
    if (auto begun = begin_with(*record.base); !begun) return begun;
  } else {  // the checkpoint knows what was decided; the entries behind it that were there before are gone
    undecided_.clear();
    ballots_.truncate(decided_ + 1);
  }
  replayed_last_ = index;
  replayed_decided_ = index;
  return rebase(record.base);
}

Result<void> StableState::begin_with(const Snapshot& base) {
  auto state = state::decode_state(base.state.span(), decided_state_.producers().limits());
  if (!state) return tl::unexpected(state.error());
  if (state->applied() != base.index) {
    return does_not_follow("the snapshot of entry " + std::to_string(base.index) + " is one of entry " +
                           std::to_string(state->applied()));
  }
  decided_ = base.index;
  decided_state_ = *std::move(state);
  undecided_.clear();
  ballots_ = BallotRuns({.index = base.index, .ballot = base.ballot});
  return {};
}

// The checkpoint's ballots may begin behind a base that later records have moved on.
Result<void> StableState::rebase(const SnapshotPtr& base) {
  base_ = base;
  if (base->index < ballots_.base().index) return {};
  if (ballots_.at(base->index) != base->ballot) {
    return does_not_follow("the snapshot of entry " + std::to_string(base->index) + " has another ballot");
  }
  ballots_.drop_upto(base->index);
  return {};
}

}  // namespace bellwether::replication
