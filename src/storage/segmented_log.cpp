#include "storage/segmented_log.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "base/assert.hpp"
#include "storage/recovery.hpp"
#include "storage/segment_list.hpp"

namespace bellwether::storage {
namespace {

// What a crash left of a file that was being made.
Result<void> remove_unfinished(Folder& folder) {
  const auto names = folder.list();
  if (!names) return tl::unexpected(names.error());
  for (const std::string& name : *names) {
    if (!name.ends_with(staging_suffix)) continue;
    if (auto removed = folder.remove(name); !removed) return removed;
  }
  return {};
}

Result<void> make_first_segment(Folder& folder, const LogOptions& options) {
  const SegmentHeader header{.log = LogId{random_bits()},
                             .number = 1,
                             .file = FileId{random_bits()},
                             .start = 0,
                             .bytes = options.segment_bytes};
  const auto made = make_segment(folder, header);
  return made ? Result<void>() : tl::unexpected(made.error());
}

Result<OpenSegment> open_segment(Folder& folder, const SegmentHeader& header) {
  auto disk = folder.open(segment_name(header.number));
  if (!disk) return tl::unexpected(std::move(disk.error()));
  return OpenSegment{header, *std::move(disk)};
}

}  // namespace

Result<LogStore::Opened> SegmentedLog::open(std::unique_ptr<Folder> folder, const LogOptions& options,
                                            Events events, const std::function<void(double)>& progress) {
  if (auto removed = remove_unfinished(*folder); !removed) return tl::unexpected(std::move(removed.error()));
  auto segments = list_segments(*folder);
  if (!segments) return tl::unexpected(std::move(segments.error()));
  const bool is_new = segments->empty();
  if (is_new) {
    if (auto made = make_first_segment(*folder, options); !made)
      return tl::unexpected(std::move(made.error()));
    segments = list_segments(*folder);
    if (!segments) return tl::unexpected(std::move(segments.error()));
  }
  auto reading = read_log(*folder, *segments, progress);
  if (!reading) return tl::unexpected(std::move(reading.error()));
  auto segment = open_segment(*folder, reading->segment);
  if (!segment) return tl::unexpected(std::move(segment.error()));
  if (auto settled = settle_end(*segment->disk, *reading); !settled)
    return tl::unexpected(std::move(settled.error()));
  Parts parts{.folder = std::move(folder),
              .map = std::move(reading->map),
              .end = {.segment = *std::move(segment),
                      .position = reading->position,
                      .told_to = reading->told_to,
                      .opening = std::move(reading->opening)},
              .spare = {}};
  if (reading->spare) {
    auto spare = open_segment(*parts.folder, *reading->spare);
    if (!spare) return tl::unexpected(std::move(spare.error()));
    parts.spare = *std::move(spare);
  }
  std::unique_ptr<LogStore> store(new SegmentedLog(std::move(parts), options, std::move(events)));
  reading->report.is_new = is_new;
  return Opened{std::move(store), std::move(reading->state), reading->report};
}

SegmentedLog::SegmentedLog(Parts parts, const LogOptions& options, Events events)
    : folder_(std::move(parts.folder)),
      map_(std::move(parts.map)),
      supply_(*folder_, housekeeper_, options.segment_bytes, std::move(parts.spare)),
      writer_(supply_, *map_, std::move(parts.end), {.log = std::move(events), .on_segment_full = {}}),
      reader_(*folder_, *map_) {}

void SegmentedLog::write(std::vector<replication::NumberedRecord> records) {
  if (records.empty()) return;
  writer_.hand_over(std::make_shared<const std::vector<replication::NumberedRecord>>(std::move(records)));
}

void SegmentedLog::read(Index from, Index end, std::size_t bytes_max, ReadDone done) {
  BELLWETHER_ASSERT(from < end);
  reader_.read(from, end, bytes_max, std::move(done));
}

void SegmentedLog::read_messages(Offset from, Index end, std::size_t bytes_max, MessagesDone done) {
  reader_.read_messages(from, end, bytes_max, std::move(done));
}

void SegmentedLog::close() {
  writer_.stop();
  housekeeper_.stop();
  reader_.stop();
}

}  // namespace bellwether::storage
