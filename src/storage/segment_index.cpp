#include "storage/segment_index.hpp"

#include <algorithm>
#include <iterator>

namespace bellwether::storage {

void SegmentIndex::append(const IndexPoint& entry) {
  const bool far = points_.empty() || entry.position - points_.back().position >= spacing_bytes;
  if (far || truncated_) points_.push_back(entry);
  truncated_ = false;
}

void SegmentIndex::truncate(Index from) {
  while (!points_.empty() && points_.back().index >= from) points_.pop_back();
  truncated_ = true;
}

void SegmentIndex::reach_back_to(const IndexPoint& first) {
  if (points_.empty() || points_.front().index > first.index) points_.insert(points_.begin(), first);
}

std::optional<IndexRun> SegmentIndex::holding(Index index) const {
  return run_before(std::ranges::upper_bound(points_, index, {}, &IndexPoint::index));
}

// An entry without messages has the offset of the next one that brings some: the last point that fits is at
// the one, or before it.
std::optional<IndexRun> SegmentIndex::bringing(Offset offset) const {
  return run_before(std::ranges::upper_bound(points_, offset, {}, &IndexPoint::offset));
}

std::optional<IndexRun> SegmentIndex::run_before(std::vector<IndexPoint>::const_iterator behind) const {
  if (behind == points_.begin()) return {};
  return IndexRun{.point = *std::prev(behind), .end = behind == points_.end() ? no_end : behind->index};
}

}  // namespace bellwether::storage
