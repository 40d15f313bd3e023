#include "storage/segment_repairs.hpp"

#include <utility>

namespace bellwether::storage {

EntryPtr SegmentRepairs::find(const SegmentHeader& segment, Index index) {
  if (loaded_ != segment.number) load(segment);
  const auto found = entries_.find(index);
  return found == entries_.end() ? nullptr : found->second;
}

void SegmentRepairs::forget() {
  loaded_.reset();
  entries_.clear();
}

// One that is missing, or not as it was written, holds nothing. Nor does it of a log that went another way.
void SegmentRepairs::load(const SegmentHeader& segment) {
  entries_ = read_repair(folder_, segment).value_or(RepairedEntries());
  loaded_ = segment.number;
  const replication::BallotRuns ballots = map_.ballots();
  std::erase_if(entries_, [&ballots](const auto& held) {
    const auto& [index, entry] = held;
    return index > ballots.base().index && !ballots.has(index, entry->ballot);
  });
}

}  // namespace bellwether::storage
