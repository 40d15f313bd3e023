#include "replication/stable_state.hpp"

#include <algorithm>
#include <string>

namespace bellwether::replication {
namespace {

tl::unexpected<Error> does_not_follow(const std::string& what) {
  return failure(std::errc::illegal_byte_sequence, "the log contradicts itself: " + what);
}

}  // namespace

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
  if (record.first != last() + 1) {
    return does_not_follow("entry " + std::to_string(record.first) + " after entry " +
                           std::to_string(last()));
  }
  for (const EntryPtr& entry : record.entries) {
    ballots_.append(entry->ballot);
    undecided_.push_back(entry);
  }
  return {};
}

Result<void> StableState::replay_one(const TruncateRecord& record) {
  if (record.from <= decided_)
    return does_not_follow("decided entry " + std::to_string(record.from) + " is dropped");
  if (record.from > last()) return {};
  undecided_.resize(record.from - decided_ - 1);
  ballots_.truncate(record.from);
  return {};
}

Result<void> StableState::replay_one(const DecidedRecord& record) {
  if (record.decided > last()) {
    return does_not_follow("entry " + std::to_string(record.decided) + " is decided but not there");
  }
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

}  // namespace bellwether::replication
