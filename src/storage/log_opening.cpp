#include "storage/log_opening.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "storage/checkpoint_file.hpp"
#include "storage/recovery.hpp"
#include "storage/salvage.hpp"
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
  const SegmentHeader header{.log = LogId{options.draw_id()},
                             .number = 1,
                             .file = FileId{options.draw_id()},
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

Result<std::vector<ListedSegment>> list_or_make_segments(Folder& folder, const LogOptions& options,
                                                         bool& is_new) {
  auto segments = list_segments(folder);
  is_new = segments && segments->empty();
  if (!is_new) return segments;
  if (auto made = make_first_segment(folder, options); !made) return tl::unexpected(std::move(made.error()));
  return list_segments(folder);
}

constexpr const char* still_missing =
    "entries that an earlier start could not read are not back yet: this node gets them from the others, and "
    "until it has them it stands for no election and votes only for who has them";

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
  if (auto done = carry_out(folder, *left->salvage, left->state, FileId{options.draw_id()}); !done)
    return tl::unexpected(done.error());
  const auto listed = list_segments(folder);
  if (!listed) return tl::unexpected(listed.error());
  auto again = read_log(folder, *listed, {});
  if (again)
    again->report.notes.insert(again->report.notes.begin(), left->report.notes.begin(),
                               left->report.notes.end());
  return again;
}

Result<LogReading> read_or_go_on(Folder& folder, const std::vector<ListedSegment>& segments,
                                 const LogOptions& options, const std::function<void(double)>& progress) {
  auto reading = read_log(folder, segments, progress);
  if (reading && reading->state.lost().index > 0) reading->report.notes.emplace_back(still_missing);
  if (reading || reading.error().code != std::errc::bad_message) return reading;
  return go_on_after(reading.error(), folder, segments, options);
}

// Not before the log is accepted: a start that refuses destroys nothing.
Result<LogEnd> settle(Folder& folder, LogReading& reading) {
  if (auto removed = remove_unfinished(folder); !removed) return tl::unexpected(std::move(removed.error()));
  auto segment = open_segment(folder, reading.segment);
  if (!segment) return tl::unexpected(std::move(segment.error()));
  if (auto settled = settle_end(folder, *segment->disk, reading); !settled)
    return tl::unexpected(std::move(settled.error()));
  if (auto settled = settle_base(*segment->disk, reading); !settled)
    return tl::unexpected(std::move(settled.error()));
  return LogEnd{.segment = *std::move(segment),
                .position = reading.position,
                .told_to = reading.told_to,
                .opening = std::move(reading.opening)};
}

}  // namespace

Result<OpenedLog> open_log(std::unique_ptr<Folder> folder, const LogOptions& options,
                           const std::function<void(double)>& progress) {
  if (!options.may_create) {
    const auto there = has_segments(*folder);
    const bool is_lost = there ? !*there : there.error().code == std::errc::no_such_file_or_directory;
    if (is_lost) return failure(std::errc::no_such_file_or_directory, "there is no log in " + folder->name());
  }
  // A name may have come from the system's memory alone, if only the process had died: what is begun under it
  // would be gone with it.
  if (auto synced = folder->sync(); !synced) return tl::unexpected(std::move(synced.error()));
  bool is_new = false;
  auto segments = list_or_make_segments(*folder, options, is_new);
  if (!segments) return tl::unexpected(std::move(segments.error()));
  auto reading = read_or_go_on(*folder, *segments, options, progress);
  if (!reading) return tl::unexpected(std::move(reading.error()));
  auto end = settle(*folder, *reading);
  if (!end) return tl::unexpected(std::move(end.error()));
  std::optional<OpenSegment> spare;
  if (reading->spare) {
    auto opened = open_segment(*folder, *reading->spare);
    if (!opened) return tl::unexpected(std::move(opened.error()));
    spare = *std::move(opened);
  }
  const Index base = index_of(reading->state.base());
  reading->report.base = base;
  reading->report.is_new = is_new;
  reading->report.checkpoint = reading->checkpoint;
  return OpenedLog{
      .folder = std::move(folder),
      .map = std::move(reading->map),
      .end = *std::move(end),
      .spare = std::move(spare),
      .checkpoints = {.due = reading->checkpoint_due > reading->checkpoint ? reading->checkpoint_due
                                                                           : LogStore::no_checkpoint_due,
                      .there = std::move(reading->checkpoints),
                      .base = base},
      .state = std::move(reading->state),
      .report = std::move(reading->report)};
}

}  // namespace bellwether::storage
