#include "storage/recovery.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/assert.hpp"
#include "state/state_encoding.hpp"
#include "storage/batch_encoder.hpp"
#include "storage/checkpoint_file.hpp"
#include "storage/file_window.hpp"
#include "storage/log_end.hpp"
#include "storage/recovery_run.hpp"

namespace bellwether::storage {
namespace {

// Of the entries that the log had when it said so. A checkpoint of a later entry may begin behind them.
replication::BallotRuns ballots_until(const Opening& opening, replication::BallotRuns of_checkpoint) {
  if (of_checkpoint.base().index > opening.last) {
    return replication::BallotRuns({.index = opening.last, .ballot = opening.last_ballot});
  }
  of_checkpoint.truncate(opening.last + 1);
  return of_checkpoint;
}

}  // namespace

Result<LogReading> Recovery::run() {
  const auto first = begin();
  if (!first) return tl::unexpected(first.error());
  first_ = *first;
  for (std::size_t at = first_;; ++at) {
    const SegmentHeader& header = segments_[at].header;
    opening_ = reading_.map->open_segment(header);
    reading_.checkpoint_due = opening_.last;
    SegmentEnd end{.position = header.records_start()};
    if (segments_[at].opening) {
      auto replayed = replay_segment(at);
      if (!replayed) return tl::unexpected(std::move(replayed.error()));
      end = *replayed;
    }
    reading_.report.bytes += end.position - header.start;
    if (end.has_ending) {
      reading_.map->end_segment(end.position);
      continue;
    }
    if (goes_on() && is_followed(at)) {
      const auto next = go_on_behind(at, end.position);
      if (!next) return tl::unexpected(next.error());
      at = *next - 1;
      continue;
    }
    if (auto done = settle(at, end.position); !done) return tl::unexpected(std::move(done.error()));
    unplaced_.give_up(*reading_.map);
    auto whole = lost_ ? plan_salvage(at) : reading_.state.check_complete();
    if (whole && !lost_) whole = check_ballots();
    if (whole) whole = settle_base();
    if (!whole) return damaged(header, end.position, whole.error().what);
    if (lost_) reading_.salvage->opening.base = reading_.map->base();
    tell_damage();
    reading_.map->set_decided(reading_.state.decided());
    if (reading_.opening) reading_.opening->base = reading_.map->base();
    return std::move(reading_);
  }
}

Result<std::size_t> Recovery::begin() {
  auto checkpoints = list_checkpoints(folder_);
  if (!checkpoints) return tl::unexpected(checkpoints.error());
  reading_.checkpoints = *std::move(checkpoints);
  std::size_t first = newest_begun();
  const auto& newest = segments_[first].opening;
  auto checkpoint = newest_checkpoint(newest ? newest->base.index : 0);
  const auto& front = segments_.front().opening;
  if (front && reaches_back_to() > (checkpoint ? checkpoint->index() : 0))
    checkpoint = base_covering(reaches_back_to());
  const Index covered = checkpoint ? checkpoint->index() : 0;
  while (first > 0 && segments_[first].opening->last > covered) --first;
  if (first == 0 && !segments_[0].opening) {
    const SegmentHeader& header = segments_[0].header;
    if (header.number > 1) return missing_first();
    if (!stands_for_nothing(reading_.checkpoints)) {
      return damaged(header, header.records_start(),
                     "it holds nothing, and there is a checkpoint of what it held");
    }
    reading_.map->begin({}, Opening(), {});
    return first;
  }
  reading_.checkpoint = covered;
  if (auto begun = begin_at(first, std::move(checkpoint)); !begun) return tl::unexpected(begun.error());
  return first;
}

Result<void> Recovery::begin_at(std::size_t first, std::optional<replication::Checkpoint> checkpoint) {
  const Opening& opening = *segments_[first].opening;
  if (!checkpoint) checkpoint.emplace();
  if (auto checked = check_front(checkpoint->index(), opening); !checked) return checked;
  auto places = places_of(segments_, first);
  for (const SegmentPlace& place : places) reading_.report.bytes += place.end - place.header.start;
  reading_.map->begin(std::move(places), opening, ballots_until(opening, checkpoint->ballots));
  reading_.map->set_checkpoint(reading_.checkpoint);
  reading_.state = replication::StableState(*std::move(checkpoint), {.promised = opening.promised,
                                                                     .removed = opening.removed,
                                                                     .lost = opening.lost,
                                                                     .decided = opening.decided,
                                                                     .last = opening.last,
                                                                     .base = snapshot_of(opening.base)});
  return {};
}

// What is dropped only a checkpoint can stand for.
Result<void> Recovery::check_front(Index covered, const Opening& first) const {
  if (first.base.index > covered) return no_checkpoint_for(first.base.index);
  if (first.last > covered) return missing_first();
  return {};
}

tl::unexpected<Error> Recovery::no_checkpoint_for(Index base) const {
  return damaged_log(folder_.name(),
                     "its entries up to " + std::to_string(base) +
                         " were dropped, and no checkpoint that could stand for them can be read");
}

tl::unexpected<Error> Recovery::missing_first() const {
  return damaged_log(folder_.name(),
                     segment_name(segments_.front().header.number - 1) +
                         " is missing, and no checkpoint that could stand for it can be read");
}

// One is written only of what the log holds durably, but for a base that the log had not got to name.
bool Recovery::stands_for_nothing(const std::vector<Index>& checkpoints) {
  return std::ranges::all_of(checkpoints, [this](Index index) {
    const auto stored = read_checkpoint(folder_, segments_.front().header.log, index);
    return stored && stored->is_for_base;
  });
}

// All entries behind this one are in the segments that are there: one of them began with no more. Not always the oldest:
// a later one begins with fewer entries where some were truncated, or lost.
Index Recovery::reaches_back_to() const {
  Index least = segments_.front().opening->last;
  for (const ListedSegment& segment : segments_) {
    if (segment.opening) least = std::min(least, segment.opening->last);
  }
  return least;
}

std::size_t Recovery::newest_begun() const {
  std::size_t at = segments_.size() - 1;
  while (at > 0 && !segments_[at].opening) --at;
  return at;
}

// One that cannot be read costs time and nothing else, unless entries that it covers are dropped. One that was
// written for a base counts where the log says that it has reached it.
std::optional<replication::Checkpoint> Recovery::newest_checkpoint(Index base) {
  for (const Index index : reading_.checkpoints) {
    auto stored = read_checkpoint(folder_, segments_.front().header.log, index);
    if (!stored) {
      reading_.report.notes.push_back(stored.error().what + "; reading more of the log instead");
    } else if (!stored->is_for_base || index <= base) {
      return std::move(stored->checkpoint);
    }
  }
  return {};
}

// That the front is gone shows that the log has reached a base behind it. The least one that will do: a later one
// may be that of a record which was never written.
std::optional<replication::Checkpoint> Recovery::base_covering(Index last) {
  for (auto index = reading_.checkpoints.rbegin(); index != reading_.checkpoints.rend(); ++index) {
    if (*index < last) continue;
    auto stored = read_checkpoint(folder_, segments_.front().header.log, *index);
    if (stored) return std::move(stored->checkpoint);
  }
  return {};
}

// Without a state if that cannot be read: it is of interest only if nothing later takes its place.
replication::SnapshotPtr Recovery::snapshot_of(const BaseMark& base) {
  if (base.index == 0) return nullptr;
  auto stored = read_snapshot(folder_, segments_.front().header.log, base.index);
  if (stored && (*stored)->ballot == base.ballot) return *std::move(stored);
  return std::make_shared<const replication::Snapshot>(
      replication::Snapshot{.index = base.index, .ballot = base.ballot, .state = {}});
}

Result<void> Recovery::replay_base(const StoredRecord& stored) {
  const auto base = stored.base();
  if (!base || base->index == 0) return failure(std::errc::bad_message, "it is not as it is written");
  unplaced_.give_up(*reading_.map);
  if (stored.header.kind == RecordKind::compact) return compact(*base);
  auto snapshot = snapshot_of(*base);
  if (snapshot->state.size() == 0 && base->index > reading_.state.decided()) {
    return failure(std::errc::bad_message,
                   checkpoint_name(base->index) + ", which it goes on from, cannot be read");
  }
  reading_.map->install(*base);
  unplaced_.clear();
  return reading_.state.replay(replication::InstallRecord{std::move(snapshot)});
}

// A checkpoint that is as long as the log may still be that of another one.
Result<void> Recovery::check_ballots() const {
  const replication::BallotRuns stored = reading_.map->ballots();
  const replication::BallotRuns& said = reading_.state.ballots();
  const Index from = std::max(stored.base().index, said.base().index) + 1;
  const auto differs = [&](const replication::BallotRuns::Run& run) {
    const Index index = std::max(run.first, from);
    return index <= stored.last() && stored.at(index) != said.at(index);
  };
  const auto stored_at = std::ranges::find_if(stored.runs(), differs);
  const auto said_at = std::ranges::find_if(said.runs(), differs);
  if (stored_at == stored.runs().end() && said_at == said.runs().end()) return {};
  const Index index = std::max(stored_at != stored.runs().end() ? stored_at->first : said_at->first, from);
  return failure(std::errc::bad_message, "entry " + std::to_string(index) + " has not the ballot that " +
                                             checkpoint_name(reading_.checkpoint) + " says");
}

// The log has to reach back to its base, and the state there has to be known: else the next checkpoint that can be
// read takes its place.
Result<void> Recovery::settle_base() {
  const auto base = reading_.state.base();
  const ListedSegment& front = segments_.front();
  if (front.header.number > 1 && (!front.opening || reaches_back_to() > index_of(base))) {
    return missing_first();
  }
  if (!base || base->state.size() > 0) return {};
  const Index other = reading_.checkpoint;
  auto snapshot = other > base->index ? read_snapshot(folder_, front.header.log, other)
                                      : Result<replication::SnapshotPtr>(nullptr);
  if (!snapshot || !*snapshot) {
    return failure(std::errc::bad_message,
                   "its entries up to " + std::to_string(base->index) +
                       " were dropped, and no checkpoint that could stand for them can "
                       "be read");
  }
  reading_.report.notes.push_back(checkpoint_name(base->index) +
                                  " cannot be used: the log begins behind entry " + std::to_string(other) +
                                  " instead");
  reading_.chosen_base = BaseMark{.index = other,
                                  .ballot = (*snapshot)->ballot,
                                  .next_offset = state::next_offset_in((*snapshot)->state.span())};
  reading_.map->compact(*reading_.chosen_base);
  return reading_.state.replay(replication::CompactRecord{*std::move(snapshot)});
}

Result<Recovery::SegmentEnd> Recovery::replay_segment(std::size_t at) {
  const SegmentHeader& header = segments_[at].header;
  const auto disk = folder_.open(segment_name(header.number));
  if (!disk) return tl::unexpected(disk.error());
  FileWindow window(**disk);
  RecordReader records(header, header.records_start(), [&](std::uint64_t position, std::size_t count) {
    return window.view(position, count);
  });
  for (;;) {
    const auto stored = records.next();
    if (!stored) return tl::unexpected(stored.error());
    if (!*stored) {
      const auto passed = pass_unreadable(at, **disk, records);
      if (!passed) return tl::unexpected(passed.error());
      if (*passed) continue;
      return SegmentEnd{.position = records.position()};
    }
    const StoredRecord& record = **stored;
    const bool is_ending = record.header.kind == RecordKind::ending;
    auto replayed = record.header.kind == RecordKind::opening ? begin_segment(record) : replay(record);
    if (replayed && is_ending) {
      replayed = check_ending(at, record);
      // The one that it names was replaced when the log went on after damage; or offsets are not known from here on.
      const bool is_cut = !replayed || !unplaced_.is_empty();
      if (goes_on() && is_followed(at) && is_cut) return SegmentEnd{.position = record.position};
    }
    if (!replayed) return damaged(header, record.position, replayed.error().what);
    pass(record);
    report_progress(at, record.end());
    if (is_ending) return SegmentEnd{record.end(), true};
  }
}

// Every record before it was read: it can only repeat what they say.
Result<void> Recovery::begin_segment(const StoredRecord& first) {
  const auto said = decode_opening(first.payload.span());
  if (!said) return failure(std::errc::bad_message, "its first record is not as it is written");
  const bool knows_previous = reading_.map->segments().size() > 1;  // the oldest one left does not
  const bool fits = said->promised == opening_.promised && said->removed == opening_.removed &&
                    said->lost == opening_.lost && said->last == opening_.last &&
                    said->next_offset == opening_.next_offset &&
                    (!knows_previous || said->previous_end == opening_.previous_end) &&
                    said->decided >= opening_.decided && said->base.index >= opening_.base.index;
  if (!fits) return failure(std::errc::bad_message, "its first record contradicts the segment before it");
  reading_.map->set_decided(said->decided);
  if (lost_) return {};
  if (auto decided = reading_.state.replay(replication::DecidedRecord{said->decided}); !decided)
    return decided;
  // The start before may have found another base than the records say (settle_base).
  return said->base.index > opening_.base.index ? compact(said->base) : Result<void>();
}

Result<void> Recovery::compact(const BaseMark& base) {
  // Judges whether there is such an entry.
  if (auto replayed = reading_.state.replay(replication::CompactRecord{snapshot_of(base)}); !replayed)
    return replayed;
  reading_.map->compact(base);
  return {};
}

Result<void> Recovery::replay(const StoredRecord& stored) {
  if (lost_) return watch(stored);
  if (stored.moves_base()) return replay_base(stored);
  if (!stored.record) return {};
  if (auto replayed = reading_.state.replay(*stored.record); !replayed) return replayed;
  if (const EntryPtr* entry = stored.entry()) {
    append(stored.index(), **entry, stored.position);
  } else if (stored.header.kind == RecordKind::truncate) {
    if (!unplaced_.is_empty())
      unplaced_.truncate(*reading_.map, stored.index(), stored.next_offset_after_truncation());
    else
      reading_.map->truncate(stored.index(), stored.next_offset_after_truncation());
  } else {
    reading_.map->apply(*stored.record);
  }
  return {};
}

Result<void> Recovery::check_ending(std::size_t at, const StoredRecord& ending) {
  if (at + 1 < segments_.size() && segments_[at + 1].header.file == ending.next_file()) return {};
  const std::string next = segment_name(segments_[at].header.number + 1);
  return failure(std::errc::bad_message, "it goes on in " + next + ", which is missing or another one");
}

void Recovery::pass(const StoredRecord& stored) {
  // A mark right behind what it vouches for leaves nothing to tell: not one more mark at each start.
  const bool tells_all = stored.header.kind == RecordKind::mark && stored.header.synced_to == stored.position;
  reading_.told_to = std::max(reading_.told_to, tells_all ? stored.end() : stored.header.synced_to);
  ++reading_.report.records;
}

// The first place without a valid record.
Result<void> Recovery::settle(std::size_t at, std::uint64_t position) {
  const SegmentHeader& header = segments_[at].header;
  const bool is_newest =
      std::none_of(segments_.begin() + static_cast<std::ptrdiff_t>(at) + 1, segments_.end(),
                   [](const ListedSegment& later) { return later.opening.has_value(); });
  if (!is_newest) return damaged(header, position, "a record there is broken, and later segments were begun");
  const auto disk = folder_.open(segment_name(header.number));
  if (!disk) return tl::unexpected(disk.error());
  const auto rest = examine_rest(**disk, header, position);
  if (!rest) return tl::unexpected(rest.error());
  if (rest->greatest_synced_to > position) {
    return damaged(header, position,
                   "a record there is broken, and later ones show that it had been stored whole");
  }
  if (auto checked = check_spare(at, position); !checked) return checked;
  reading_.segment = header;
  reading_.position = position;
  reading_.told_to = std::max(reading_.told_to, header.records_start());
  if (position == header.records_start()) {
    reading_.opening = opening_;
    if (at > 0) reading_.full = segments_[at - 1].header;
  }
  if (rest->end_of_garbage > position) {
    reading_.torn_end = rest->end_of_garbage;
    reading_.report.torn_bytes = reading_.torn_end - position;
  }
  reading_.map->set_durable(position);
  return {};
}

// The one behind the newest is only room: it gets its first byte when everything before it is durable.
Result<void> Recovery::check_spare(std::size_t at, std::uint64_t position) {
  if (at + 1 == segments_.size()) return {};
  const SegmentHeader& spare = segments_[at + 1].header;
  const bool has_begun = position > segments_[at].header.records_start();
  const auto disk = folder_.open(segment_name(spare.number));
  if (!disk) return tl::unexpected(disk.error());
  const auto rest = examine_rest(**disk, spare, spare.records_start());
  if (!rest) return tl::unexpected(rest.error());
  if (!has_begun || at + 2 < segments_.size() || rest->end_of_garbage > 0) {
    return damaged(segments_[at].header, position,
                   "a record there is broken, and " + segment_name(spare.number) +
                       " was made after it; or that one, in which nothing should be yet, is what is damaged");
  }
  reading_.spare = spare;
  return {};
}

void Recovery::report_progress(std::size_t at, std::uint64_t position) {
  if (!progress_ || position < progress_at_) return;
  progress_at_ = position + FileWindow::window_bytes;
  const SegmentHeader& header = segments_[at].header;
  const double within = static_cast<double>(position - header.start) / static_cast<double>(header.bytes);
  const double read = static_cast<double>(at - first_) + within;
  progress_(read / static_cast<double>(segments_.size() - first_));
}

tl::unexpected<Error> Recovery::damaged(const SegmentHeader& segment, std::uint64_t position,
                                        const std::string& what) const {
  return damaged_log(folder_.name() + "/" + segment_name(segment.number),
                     "at byte " + std::to_string(position - segment.start) + ": " + what);
}

Result<LogReading> read_log(Folder& folder, const std::vector<ListedSegment>& segments,
                            const std::function<void(double)>& progress, OnDamage on_damage) {
  BELLWETHER_ASSERT(!segments.empty());
  return Recovery(folder, segments, progress, on_damage).run();
}

// The records may have come from memory alone, if only the process had died: that is why all is synced that can
// hold something not durable.
Result<void> settle_end(Folder& folder, Disk& disk, const LogReading& reading) {
  constexpr std::uint64_t step_bytes = 1024 * 1024;
  if (reading.full) {
    const auto full = folder.open(segment_name(reading.full->number));
    if (!full) return tl::unexpected(full.error());
    if (auto synced = (*full)->sync(); !synced) return synced;
  }
  if (reading.torn_end > reading.position) {
    // Made zeros and not skipped: were it left there, a later record could end where a torn one begins and
    // bring it back.
    const std::vector<std::byte> zeros(
        static_cast<std::size_t>(std::min(step_bytes, reading.torn_end - reading.position)));
    for (std::uint64_t at = reading.position; at < reading.torn_end; at += zeros.size()) {
      const Piece piece = Piece(zeros).first(
          static_cast<std::size_t>(std::min<std::uint64_t>(zeros.size(), reading.torn_end - at)));
      if (auto written = disk.write(at - reading.segment.start, {&piece, 1}); !written) return written;
    }
  }
  return disk.sync();
}

Result<void> settle_base(Disk& disk, LogReading& reading) {
  if (!reading.chosen_base) return {};
  BatchEncoder batch(reading.segment.file, reading.position, reading.position);
  if (reading.opening) batch.add_opening(*reading.opening);
  batch.add_base(RecordKind::compact, *reading.chosen_base);
  if (batch.end() + ending_record_bytes > reading.segment.limit()) {
    return failure(std::errc::bad_message, disk.name() + " has no room to say where the log begins now");
  }
  const auto pieces = batch.pieces();
  if (auto written = disk.write(reading.position - reading.segment.start, pieces); !written) return written;
  if (auto synced = disk.sync(); !synced) return synced;
  reading.position = batch.end();
  reading.opening.reset();
  reading.map->set_durable(reading.position);
  return {};
}

}  // namespace bellwether::storage
