#include "storage/segmented_log.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <variant>

#include "base/assert.hpp"
#include "storage/index_file.hpp"
#include "storage/recovery.hpp"
#include "storage/repair_file.hpp"
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
  const auto checkpoints = list_checkpoints(folder);
  if (!checkpoints) return tl::unexpected(checkpoints.error());
  if (!checkpoints->empty()) return damaged_log(folder.name(), "its segments are missing");
  const SegmentHeader header{.log = LogId{random_bits()},
                             .number = 1,
                             .file = FileId{random_bits()},
                             .start = 0,
                             .bytes = options.segment_bytes};
  const auto made = make_segment(folder, header);
  return made ? Result<void>() : tl::unexpected(made.error());
}

// The record that does not fit any more behind the others leaves its room in the segment before.
std::uint64_t surely_in_a_segment(const LogOptions& options) {
  const std::uint64_t overhead =
      segment_header_bytes + record_header_bytes + opening_bytes + ending_record_bytes;
  const std::uint64_t lost = overhead + std::min(options.reserve.one_step, options.segment_bytes / 2);
  return options.segment_bytes - std::min(options.segment_bytes, lost);
}

Result<OpenSegment> open_segment(Folder& folder, const SegmentHeader& header) {
  auto disk = folder.open(segment_name(header.number));
  if (!disk) return tl::unexpected(std::move(disk.error()));
  return OpenSegment{header, *std::move(disk)};
}

constexpr const char* still_missing =
    "entries that an earlier start could not read are not back yet: this node gets them from the others, and "
    "until it "
    "has them it stands for no election and votes only for who has them";

// Whether somebody else may have what damage took here: else the only copy is left as it is.
bool has_others(const replication::StableState& state, const LogOptions& options) {
  const auto& members = state.decided_state().members().all();
  if (members.empty()) return options.has_others;
  return std::ranges::any_of(members, [&](const auto& member) { return member.first != options.self; });
}

Result<LogReading> go_on_after(const Error& damage, Folder& folder,
                               const std::vector<ListedSegment>& segments, const LogOptions& options) {
  auto left = read_log(folder, segments, {}, OnDamage::go_on);
  if (!left) return left;
  if (!has_others(left->state, options)) return tl::unexpected(damage);
  if (!left->salvage) return left;
  if (auto done = carry_out(folder, *left->salvage, left->state); !done) return tl::unexpected(done.error());
  const auto listed = list_segments(folder);
  if (!listed) return tl::unexpected(listed.error());
  auto again = read_log(folder, *listed, {});
  if (again)
    again->report.notes.insert(again->report.notes.begin(), left->report.notes.begin(),
                               left->report.notes.end());
  return again;
}

}  // namespace

Result<LogStore::Opened> SegmentedLog::open(std::unique_ptr<Folder> folder, const LogOptions& options,
                                            Events events, const std::function<void(double)>& progress) {
  if (!options.may_create) {
    const auto there = has_segments(*folder);
    const bool is_lost = there ? !*there : there.error().code == std::errc::no_such_file_or_directory;
    if (is_lost) return failure(std::errc::no_such_file_or_directory, "there is no log in " + folder->name());
  }
  // A name may have come from the system's memory alone, if only the process had died: what is begun under it
  // would be gone with it.
  if (auto synced = folder->sync(); !synced) return tl::unexpected(std::move(synced.error()));
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
  if (reading && reading->state.lost().index > 0) reading->report.notes.emplace_back(still_missing);
  if (!reading && reading.error().code == std::errc::bad_message)
    reading = go_on_after(reading.error(), *folder, *segments, options);
  if (!reading) return tl::unexpected(std::move(reading.error()));
  // Not before: a start that refuses destroys nothing.
  if (auto removed = remove_unfinished(*folder); !removed) return tl::unexpected(std::move(removed.error()));
  auto segment = open_segment(*folder, reading->segment);
  if (!segment) return tl::unexpected(std::move(segment.error()));
  if (auto settled = settle_end(*folder, *segment->disk, *reading); !settled)
    return tl::unexpected(std::move(settled.error()));
  if (auto settled = settle_base(*segment->disk, *reading); !settled)
    return tl::unexpected(std::move(settled.error()));
  Parts parts{.folder = std::move(folder),
              .map = std::move(reading->map),
              .end = {.segment = *std::move(segment),
                      .position = reading->position,
                      .told_to = reading->told_to,
                      .opening = std::move(reading->opening)},
              .spare = {},
              .checkpoints = {.due = reading->checkpoint_due > reading->checkpoint ? reading->checkpoint_due
                                                                                   : no_checkpoint_due,
                              .there = std::move(reading->checkpoints),
                              .base = index_of(reading->state.base())}};
  if (reading->spare) {
    auto spare = open_segment(*parts.folder, *reading->spare);
    if (!spare) return tl::unexpected(std::move(spare.error()));
    parts.spare = *std::move(spare);
  }
  const Index base = parts.checkpoints.base;
  std::unique_ptr<SegmentedLog> store(new SegmentedLog(std::move(parts), options, events));
  if (base > 0) store->drop_before(base);  // what the last run had not got to
  reading->report.base = base;
  reading->report.is_new = is_new;
  reading->report.checkpoint = reading->checkpoint;
  return Opened{std::move(store), std::move(reading->state), std::move(reading->report)};
}

SegmentedLog::SegmentedLog(Parts parts, const LogOptions& options, const Events& events)
    : folder_(std::move(parts.folder)),
      map_(std::move(parts.map)),
      log_(parts.end.segment.header.log),
      retention_(options.retention),
      on_side_failure_(events.on_side_failure),
      gauge_(options.reserve, surely_in_a_segment(options)),
      supply_(*folder_, housekeeper_, gauge_, options, std::move(parts.spare), events),
      checkpoints_(*folder_, log_, housekeeper_, *map_, !options.retention.keeps_all(),
                   std::move(parts.checkpoints), on_side_failure_),
      trimmer_(*folder_, housekeeper_, on_side_failure_),
      writer_(supply_, *map_, gauge_, std::move(parts.end), writer_events(events)),
      reader_(
          *folder_, *map_,
          [this](const SegmentHeader& segment, const SegmentIndex& index) { keep_index(segment, index); },
          events.on_damage) {}

void SegmentedLog::keep_index(const SegmentHeader& segment, const SegmentIndex& index) {
  housekeeper_.add([this, segment, index] {
    const auto written = write_index(*folder_, segment, index);
    if (!written && on_side_failure_) on_side_failure_(written.error());
  });
}

DiskWriter::Events SegmentedLog::writer_events(const Events& events) {
  DiskWriter::Events all{.log = events, .on_segment_full = {}, .make_base = {}, .on_base_durable = {}};
  all.log.on_durable = [this, tell = events.on_durable](RecordNumber upto) {
    checkpoints_.on_durable(upto);
    if (tell) tell(upto);
  };
  all.on_segment_full = [this](const SegmentPlace& place, const SegmentIndex& index) {
    keep_index(place.header, index);
    checkpoints_.on_segment_begun(place.live_end - 1);
  };
  all.make_base = [this](const replication::SnapshotPtr& base) { return checkpoints_.make_base(base); };
  all.on_base_durable = [this](Index base) { drop_before(base); };
  return all;
}

// Nobody is sent to a file any more before it goes.
void SegmentedLog::drop_before(Index base) {
  const std::uint64_t oldest = map_->forget_before(base);
  reader_.forget_before(oldest);
  trimmer_.trim(oldest);
  checkpoints_.on_base_durable(base);
}

void SegmentedLog::write(std::vector<replication::NumberedRecord> records) {
  if (records.empty()) return;
  for (const auto& [number, record] : records) {
    if (!std::holds_alternative<replication::DecidedRecord>(record)) last_record_ = number;
  }
  writer_.hand_over(std::make_shared<const std::vector<replication::NumberedRecord>>(std::move(records)));
}

void SegmentedLog::write_checkpoint(EncodedCheckpoint checkpoint, CheckpointDone done) {
  checkpoints_.hand_over(std::move(checkpoint), last_record_, std::move(done));
}

Index SegmentedLog::base_due(std::uint64_t now_ms) const {
  if (retention_.keeps_all()) return 0;
  return map_->base_to_choose(checkpoints_.all(), retention_, now_ms);
}

void SegmentedLog::read_snapshot(Index index, SnapshotDone done) {
  reader_.run_soon([this, index, done = std::move(done)] {
    auto snapshot = storage::read_snapshot(*folder_, log_, index);
    if (!snapshot) checkpoints_.forget(index);
    done(std::move(snapshot));
  });
}

void SegmentedLog::read(Index from, Index end, std::size_t bytes_max, ReadDone done) {
  BELLWETHER_ASSERT(from < end);
  reader_.read(from, end, bytes_max, std::move(done));
}

void SegmentedLog::read_messages(Offset from, Index end, std::size_t bytes_max, MessagesDone done) {
  reader_.read_messages(from, end, bytes_max, std::move(done));
}

void SegmentedLog::write_repair(std::vector<replication::RepairedEntry> entries, RepairDone done) {
  housekeeper_.add([this, entries = std::move(entries), done = std::move(done)] {
    reader_.run_soon([this, done, written = add_to_repairs(entries)] {
      reader_.forget_repairs();
      done(written);
    });
  });
}

// What was dropped meanwhile is missed by nobody.
Result<void> SegmentedLog::add_to_repairs(const std::vector<replication::RepairedEntry>& entries) {
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

void SegmentedLog::close() {
  writer_.stop();
  supply_.stop_zeros();
  housekeeper_.stop();
  reader_.stop();
}

}  // namespace bellwether::storage
