#include "replication/stable_state.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "base/assert.hpp"

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
      ballots_(std::move(checkpoint.ballots)),
      decided_state_(std::move(checkpoint.state)),
      replayed_last_(start.last),
      replayed_decided_(start.decided) {
  BELLWETHER_ASSERT(start.last <= decided_);
  BELLWETHER_ASSERT(ballots_.last() == decided_);
}

Result<void> StableState::check_complete() const {
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
  replayed_decided_ = std::max(replayed_decided_, record.decided);
  while (decided_ < record.decided) {
    decided_state_.apply(++decided_, *undecided_.front());
    undecided_.pop_front();
  }
  return {};
}

Result<void> StableState::replay_one(const RemovedRecord&) {
  removed_ = true;
  return {};
}

Result<void> StableState::replay_one(const LostRecord& record) {
  lost_ = record.end;
  return {};
}

}  // namespace bellwether::replication
