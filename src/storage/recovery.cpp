#include "storage/recovery.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/assert.hpp"
#include "storage/checkpoint_file.hpp"
#include "storage/file_window.hpp"
#include "storage/log_end.hpp"
#include "storage/record_reader.hpp"

namespace bellwether::storage {
namespace {

class Recovery {
 public:
  Recovery(Folder& folder, const std::vector<ListedSegment>& segments,
           const std::function<void(double)>& progress)
      : folder_(folder), segments_(segments), progress_(progress) {}

  Result<LogReading> run();

 private:
  // Where the records of a segment end, and whether it says so itself.
  struct SegmentEnd {
    std::uint64_t position = 0;
    bool has_ending = false;
  };

  Result<std::size_t> begin();  // the segment to begin with
  std::size_t newest_begun() const;
  std::optional<replication::Checkpoint> newest_checkpoint(const std::vector<Index>& all);
  Result<SegmentEnd> replay_segment(std::size_t at);
  Result<void> begin_segment(const StoredRecord& first);
  Result<void> replay(const StoredRecord& stored);
  Result<void> check_ending(std::size_t at, const StoredRecord& ending);
  void pass(const StoredRecord& stored);
  Result<void> settle(std::size_t at, std::uint64_t position);
  Result<void> check_spare(std::size_t at, std::uint64_t position);
  void report_progress(std::size_t at, std::uint64_t position);

  tl::unexpected<Error> damaged(const SegmentHeader& segment, std::uint64_t position,
                                const std::string& what) const;

  Folder& folder_;
  const std::vector<ListedSegment>& segments_;
  const std::function<void(double)>& progress_;
  std::size_t first_ = 0;
  std::uint64_t progress_at_ = 0;
  LogReading reading_;
  Opening opening_;  // what the segment that is being read has to begin with
};

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
    if (auto done = settle(at, end.position); !done) return tl::unexpected(std::move(done.error()));
    if (auto whole = reading_.state.check_complete(); !whole)
      return damaged(header, end.position, whole.error().what);
    reading_.map->set_decided(reading_.state.decided());
    return std::move(reading_);
  }
}

Result<std::size_t> Recovery::begin() {
  const auto checkpoints = list_checkpoints(folder_);
  if (!checkpoints) return tl::unexpected(checkpoints.error());
  std::size_t first = newest_begun();
  auto checkpoint = newest_checkpoint(*checkpoints);
  const Index covered = checkpoint ? checkpoint->index() : 0;
  while (first > 0 && segments_[first].opening->last > covered) --first;
  if (first == 0 && !segments_[0].opening) {
    // One is written only of what the log held durably.
    if (!checkpoints->empty()) {
      const SegmentHeader& header = segments_[0].header;
      return damaged(header, header.records_start(),
                     "it holds nothing, and there is a checkpoint of what it held");
    }
    reading_.map->begin({}, Opening(), {});
    return first;
  }
  const Opening& opening = *segments_[first].opening;
  auto places = places_of(segments_, first);
  for (const SegmentPlace& place : places) reading_.report.bytes += place.end - place.header.start;
  if (!checkpoint) checkpoint.emplace();
  replication::BallotRuns ballots = checkpoint->ballots;
  ballots.truncate(opening.last + 1);
  reading_.map->begin(std::move(places), opening, std::move(ballots));
  reading_.map->set_checkpoint(covered);
  reading_.checkpoint = covered;
  reading_.state = replication::StableState(*std::move(checkpoint), {.promised = opening.promised,
                                                                     .removed = opening.removed,
                                                                     .lost = opening.lost,
                                                                     .decided = opening.decided,
                                                                     .last = opening.last});
  return first;
}

std::size_t Recovery::newest_begun() const {
  std::size_t at = segments_.size() - 1;
  while (at > 0 && !segments_[at].opening) --at;
  return at;
}

// One that cannot be read costs time and nothing else: the log says the same.
std::optional<replication::Checkpoint> Recovery::newest_checkpoint(const std::vector<Index>& all) {
  for (const Index index : all) {
    auto checkpoint = read_checkpoint(folder_, segments_.front().header.log, index);
    if (checkpoint) return *std::move(checkpoint);
    reading_.report.notes.push_back(checkpoint.error().what + "; reading more of the log instead");
  }
  return {};
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
    if (!*stored) return SegmentEnd{.position = records.position()};
    const StoredRecord& record = **stored;
    auto replayed = record.header.kind == RecordKind::opening ? begin_segment(record) : replay(record);
    if (replayed && record.header.kind == RecordKind::ending) replayed = check_ending(at, record);
    if (!replayed) return damaged(header, record.position, replayed.error().what);
    pass(record);
    report_progress(at, record.end());
    if (record.header.kind == RecordKind::ending) return SegmentEnd{record.end(), true};
  }
}

// Every record before it was read: it can only repeat what they say.
Result<void> Recovery::begin_segment(const StoredRecord& first) {
  const auto said = decode_opening(first.payload.span());
  if (!said) return failure(std::errc::bad_message, "its first record is not as it is written");
  const bool fits = said->promised == opening_.promised && said->removed == opening_.removed &&
                    said->lost == opening_.lost && said->last == opening_.last &&
                    said->next_offset == opening_.next_offset &&
                    said->previous_end == opening_.previous_end && said->decided >= opening_.decided;
  if (!fits) return failure(std::errc::bad_message, "its first record contradicts the segment before it");
  reading_.map->set_decided(said->decided);
  return reading_.state.replay(replication::DecidedRecord{said->decided});
}

Result<void> Recovery::replay(const StoredRecord& stored) {
  if (!stored.record) return {};
  if (auto replayed = reading_.state.replay(*stored.record); !replayed) return replayed;
  if (const EntryPtr* entry = stored.entry()) {
    reading_.map->append(stored.index(), **entry, stored.position);
  } else if (stored.header.kind == RecordKind::truncate) {
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

}  // namespace

Result<LogReading> read_log(Folder& folder, const std::vector<ListedSegment>& segments,
                            const std::function<void(double)>& progress) {
  BELLWETHER_ASSERT(!segments.empty());
  return Recovery(folder, segments, progress).run();
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

}  // namespace bellwether::storage
