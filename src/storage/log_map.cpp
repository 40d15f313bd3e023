#include "storage/log_map.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/assert.hpp"

namespace bellwether::storage {

void LogMap::begin(std::vector<SegmentPlace> segments, const Opening& opening,
                   replication::BallotRuns ballots) {
  const std::scoped_lock lock(mutex_);
  segments_ = std::move(segments);
  for (const SegmentPlace& segment : segments_)
    last_time_ms_ = std::max(last_time_ms_, segment.first.time_ms);
  tail_ = LogTail(opening, std::move(ballots));
  checkpoint_ = opening.checkpoint;
  base_ = opening.base;
}

Opening LogMap::open_segment(const SegmentHeader& header) {
  const std::scoped_lock lock(mutex_);
  Opening opening = tail_.say();
  opening.checkpoint = checkpoint_;
  opening.base = base_;
  if (!segments_.empty()) {
    const SegmentPlace& previous = segments_.back();
    opening.oldest_segment = segments_.front().header.number;
    opening.previous_file = previous.header.file;
    opening.previous_end = previous.end;
    opening.previous_first = previous.first;
  } else {
    opening.oldest_segment = header.number;
  }
  segments_.push_back(
      {.header = header,
       .end = header.records_start(),
       .first = {.index = tail_.last() + 1, .offset = tail_.next_offset(), .time_ms = last_time_ms_},
       .live_end = SegmentIndex::no_end,
       .before = tail_.last()});
  newest_ = {};
  durable_ = header.records_start();
  has_first_ = false;
  return opening;
}

void LogMap::append(Index index, const Entry& entry, std::uint64_t position) {
  const std::scoped_lock lock(mutex_);
  BELLWETHER_ASSERT(index == tail_.last() + 1);
  note_time(entry);
  const IndexPoint point{
      .index = index, .position = position, .offset = tail_.next_offset(), .time_ms = last_time_ms_};
  if (!std::exchange(has_first_, true)) {
    segments_.back().first = {.index = index, .offset = point.offset, .time_ms = point.time_ms};
  }
  newest_.append(point);
  tail_.append(entry);
}

// Its own run: whoever reads up to it is not harmed, and whoever reads it gets an error.
void LogMap::append_unreadable(Index index, const Entry& entry, std::uint64_t position) {
  {
    const std::scoped_lock lock(mutex_);
    newest_.truncate(index);
  }
  append(index, entry, position);
}

void LogMap::append_unplaced(Index index, const Entry& entry) {
  const std::scoped_lock lock(mutex_);
  BELLWETHER_ASSERT(index == tail_.last() + 1);
  tail_.append(entry);
  note_time(entry);
}

// An entry is never older than the one before it, or a leader whose clock is behind would have messages dropped too
// early.
void LogMap::note_time(const Entry& entry) { last_time_ms_ = std::max(last_time_ms_, entry.time_ms); }

void LogMap::place_next(Offset offset) {
  const std::scoped_lock lock(mutex_);
  tail_.set_next_offset(offset);
  newest_.truncate(tail_.last() + 1);
}

Offset LogMap::truncate(Index from) {
  const std::scoped_lock lock(mutex_);
  const Offset next_offset = tail_.offset_at(from);
  drop_from(from, next_offset);
  return next_offset;
}

void LogMap::truncate(Index from, Offset next_offset) {
  const std::scoped_lock lock(mutex_);
  drop_from(from, next_offset);
}

// Entries from `from` on are not to be found in what was written so far.
void LogMap::drop_from(Index from, Offset next_offset) {
  if (from > tail_.last() + 1) return;
  tail_.truncate(from, next_offset);
  newest_.truncate(from);
  SegmentPlace& newest = segments_.back();
  if (from < newest.first.index)
    newest.first = {.index = from, .offset = next_offset, .time_ms = last_time_ms_};
  has_first_ = true;
  for (auto older = std::next(segments_.rbegin()); older != segments_.rend() && older->live_end > from;
       ++older) {
    older->live_end = from;
  }
}

void LogMap::compact(const BaseMark& base) {
  const std::scoped_lock lock(mutex_);
  if (base.index <= base_.index) return;
  base_ = base;
  tail_.compact(base);
}

void LogMap::install(const BaseMark& base) {
  const std::scoped_lock lock(mutex_);
  base_ = base;
  tail_.install(base);
  newest_.truncate(0);
  SegmentPlace& newest = segments_.back();
  if (!std::exchange(has_first_, true) || base.index < newest.first.index) {
    newest.first = {.index = base.index + 1, .offset = base.next_offset, .time_ms = last_time_ms_};
  }
  for (auto older = std::next(segments_.rbegin()); older != segments_.rend(); ++older) {
    older->live_end = std::min(older->live_end, newest.first.index);
  }
}

void LogMap::apply(const replication::Record& record) {
  const std::scoped_lock lock(mutex_);
  tail_.apply(record);
}

SegmentPlace LogMap::end_segment(std::uint64_t end) {
  const std::scoped_lock lock(mutex_);
  segments_.back().end = end;
  // Even if the next one has no entry for long, nothing that it will append is in this one.
  segments_.back().live_end = tail_.last() + 1;
  return segments_.back();
}

void LogMap::set_durable(std::uint64_t end) {
  const std::scoped_lock lock(mutex_);
  durable_ = end;
}

void LogMap::set_decided(Index decided) {
  const std::scoped_lock lock(mutex_);
  tail_.decide(decided);
}

void LogMap::set_checkpoint(Index index) {
  const std::scoped_lock lock(mutex_);
  checkpoint_ = index;
}

std::uint64_t LogMap::forget_before(Index base) {
  const std::scoped_lock lock(mutex_);
  segments_.erase(segments_.begin(), segments_.begin() + static_cast<std::ptrdiff_t>(oldest_needed(base)));
  return segments_.front().header.number;
}

// Not by live_end: a start replays from a segment that began with no more entries than a checkpoint covers.
std::size_t LogMap::oldest_needed(Index base) const {
  std::size_t at = segments_.size() - 1;
  // The newest one stands for nothing before its opening is on the disk.
  if (at > 0 && durable_ <= segments_[at].header.records_start()) --at;
  while (at > 0 && segments_[at].before > base) --at;
  return at;
}

std::uint64_t LogMap::position_behind(Index index) const {
  const std::scoped_lock lock(mutex_);
  return place_behind(index).position;
}

BaseMark LogMap::base() const {
  const std::scoped_lock lock(mutex_);
  return base_;
}

Index LogMap::base_to_choose(const std::vector<Index>& checkpoints, const Retention& retention,
                             std::uint64_t now_ms) const {
  const std::scoped_lock lock(mutex_);
  Index chosen = 0;
  for (const Index index : checkpoints) {
    if (index <= base_.index) continue;
    if (!retention.may_drop_before(place_behind(index), durable_, now_ms)) break;
    chosen = index;
  }
  return oldest_needed(chosen) > 0 ? chosen : 0;
}

// Where the entries behind `index` begin, or somewhat further on: whoever drops up to `index` drops no more than
// what is before that.
LogPlace LogMap::place_behind(Index index) const {
  auto place = std::prev(segments_.end());
  while (place != segments_.begin() && place->before > index) --place;
  if (place->before < index) ++place;
  if (place != segments_.end()) return {place->header.start, place->first.time_ms};
  const auto& points = newest_.points();
  const auto point = std::ranges::upper_bound(points, index, {}, &IndexPoint::index);
  if (point != points.end()) return {point->position, point->time_ms};
  return {durable_, last_time_ms_};
}

std::vector<SegmentPlace> LogMap::segments() const {
  const std::scoped_lock lock(mutex_);
  return segments_;
}

Index LogMap::last() const {
  const std::scoped_lock lock(mutex_);
  return tail_.last();
}

Offset LogMap::next_offset() const {
  const std::scoped_lock lock(mutex_);
  return tail_.next_offset();
}

replication::BallotRuns LogMap::ballots() const {
  const std::scoped_lock lock(mutex_);
  return tail_.ballots();
}

std::optional<LogMap::Found> LogMap::holding(Index index) const {
  const std::scoped_lock lock(mutex_);
  if (index > tail_.last()) return {};
  // live_end never falls from a segment to the next.
  const auto found = std::ranges::partition_point(
      segments_, [index](const SegmentPlace& place) { return place.live_end <= index; });
  if (found == segments_.end() || index < found->first.index) return {};
  return Found{as_seen(*found), is_newest(*found) ? newest_.holding(index) : std::nullopt, tail_.ballots()};
}

std::optional<LogMap::Found> LogMap::bringing(Offset offset) const {
  const std::scoped_lock lock(mutex_);
  if (offset >= tail_.next_offset()) return {};
  // From the end: what an older segment says of later offsets may have been dropped since.
  const auto found =
      std::ranges::find_if(segments_.rbegin(), segments_.rend(),
                           [offset](const SegmentPlace& place) { return place.first.offset <= offset; });
  if (found == segments_.rend() || !found->is_live()) return {};
  return Found{as_seen(*found), is_newest(*found) ? newest_.bringing(offset) : std::nullopt, tail_.ballots()};
}

SegmentPlace LogMap::as_seen(const SegmentPlace& place) const {
  SegmentPlace seen = place;
  if (is_newest(place)) {
    seen.end = durable_;
    seen.live_end = tail_.last() + 1;
  }
  return seen;
}

SegmentIndex LogMap::newest_index() const {
  const std::scoped_lock lock(mutex_);
  return newest_;
}

}  // namespace bellwether::storage
