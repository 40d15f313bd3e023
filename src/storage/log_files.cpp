#include "storage/log_files.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "storage/index_file.hpp"
#include "storage/repair_file.hpp"
#include "storage/segment_format.hpp"

namespace bellwether::storage {
namespace {

// The record that does not fit any more behind the others leaves its room in the segment before.
std::uint64_t surely_in_a_segment(const LogOptions& options) {
  const std::uint64_t overhead =
      segment_header_bytes + record_header_bytes + opening_bytes + ending_record_bytes;
  const std::uint64_t lost = overhead + std::min(options.reserve.one_step, options.segment_bytes / 2);
  return options.segment_bytes - std::min(options.segment_bytes, lost);
}

}  // namespace

LogFiles::LogFiles(OpenedLog opened, const LogOptions& options, Background& background, Events events)
    : folder_(std::move(opened.folder)),
      map_(std::move(opened.map)),
      log_(opened.end.segment.header.log),
      retention_(options.retention),
      background_(background),
      events_(std::move(events)),
      gauge_(options.reserve, surely_in_a_segment(options)),
      supply_(*folder_, background, gauge_, options, std::move(opened.spare), events_.log),
      checkpoints_(*folder_, log_, background, *map_, !options.retention.keeps_all(),
                   std::move(opened.checkpoints), events_.log.on_side_failure),
      trimmer_(*folder_, background, events_.log.on_side_failure),
      writer_(supply_, *map_, gauge_, std::move(opened.end), writer_events()) {}

LogWriter::Events LogFiles::writer_events() {
  return {.sync = events_.sync ? events_.sync : [](Disk& disk) { return disk.sync(); },
          .on_segment_full =
              [this](const SegmentPlace& place, const SegmentIndex& index) {
                keep_index(place.header, index);
                drop_cached_before(place.header.number);
                checkpoints_.on_segment_begun(place.live_end - 1);
              },
          .make_base = [this](const replication::SnapshotPtr& base) { return make_base(base); },
          .on_base_durable = [this](Index base) { drop_before(base); }};
}

Result<void> LogFiles::make_base(const replication::SnapshotPtr& base) {
  for (;;) {
    auto made = checkpoints_.make_base(base);
    const bool may_pass = !made && is_no_room(made.error().code) && events_.waits_for_room;
    if (!may_pass || !events_.waits_for_room(made.error())) return made;
  }
}

void LogFiles::expect(const std::vector<replication::NumberedRecord>& records) {
  std::uint64_t bytes = 0;
  for (const auto& [number, record] : records) bytes += stored_bytes(record);
  gauge_.hand_over(bytes);
}

Result<RecordNumber> LogFiles::sync() {
  auto durable = writer_.sync();
  if (durable) checkpoints_.on_durable(*durable);
  return durable;
}

Result<replication::SnapshotPtr> LogFiles::read_snapshot(Index index) {
  auto snapshot = storage::read_snapshot(*folder_, log_, index);
  if (!snapshot) checkpoints_.forget(index);
  return snapshot;
}

Index LogFiles::base_due(std::uint64_t now_ms) const {
  if (retention_.keeps_all()) return 0;
  return map_->base_to_choose(checkpoints_.all(), retention_, now_ms);
}

// Nobody is sent to a file any more before it goes.
void LogFiles::drop_before(Index base) {
  const std::uint64_t oldest = map_->forget_before(base);
  if (events_.on_forgotten) events_.on_forgotten(oldest);
  trimmer_.trim(oldest);
  checkpoints_.on_base_durable(base);
}

void LogFiles::keep_index(const SegmentHeader& segment, const SegmentIndex& index) {
  background_.add([this, segment, index] {
    const auto written = write_index(*folder_, segment, index);
    if (!written && events_.log.on_side_failure) events_.log.on_side_failure(written.error());
  });
}

// The segments just before the end are what others still ask for; of the ones before them the pages come in handy for the
// segment that is made ahead next: a system that has to find new ones is several times slower.
void LogFiles::drop_cached_before(std::uint64_t number) {
  if (number < 2) return;
  background_.add([this, name = segment_name(number - 1)] {
    if (const auto disk = folder_->open(name))
      (*disk)->drop_cached();  // it may be gone, or damaged: told elsewhere
  });
}

Result<void> LogFiles::add_to_repairs(const std::vector<replication::RepairedEntry>& entries) {
  std::map<std::uint64_t, std::pair<SegmentHeader, RepairedEntries>> segments;
  for (const auto& [index, entry] : entries) {
    const auto found = map_->holding(index);
    if (!found) continue;
    auto& [segment, repaired] = segments[found->place.header.number];
    segment = found->place.header;
    repaired[index] = entry;
  }
  for (auto& [number, repair] : segments) {
    auto added = add_to_repair(*folder_, repair.first, std::move(repair.second));
    if (!added) return added;
  }
  return {};
}

}  // namespace bellwether::storage
