#include "storage/inspection.hpp"

#include <algorithm>
#include <future>
#include <utility>

#include "storage/checkpoint_file.hpp"
#include "storage/entry_reader.hpp"
#include "storage/file_window.hpp"
#include "storage/index_file.hpp"
#include "storage/record_reader.hpp"
#include "storage/repair_file.hpp"

namespace bellwether::storage {
namespace {

std::string at_byte(const SegmentHeader& segment, std::uint64_t position) {
  return segment_name(segment.number) + ": no whole record at byte " +
         std::to_string(position - segment.start);
}

// A segment that is full: whether every record up to its ending is whole.
Result<void> verify_segment(Folder& folder, const SegmentHeader& segment) {
  const auto disk = folder.open(segment_name(segment.number));
  if (!disk) return tl::unexpected(disk.error());
  FileWindow window(**disk);
  RecordReader records(segment, segment.records_start(), [&](std::uint64_t position, std::size_t count) {
    return window.view(position, count);
  });
  for (;;) {
    const auto stored = records.next();
    if (!stored) return tl::unexpected(stored.error());
    if (!*stored) return failure(std::errc::bad_message, at_byte(segment, records.position()));
    if ((*stored)->header.kind == RecordKind::ending) return {};
  }
}

bool is_full(const std::vector<ListedSegment>& segments, std::size_t at) {
  return at + 1 < segments.size() && segments[at + 1].opening;
}

// Whether every entry that the segment stands for can be read all the same.
bool is_repaired(EntryReader& reader, const SegmentPlace& place, Index base) {
  constexpr std::size_t bytes_max = 4 * 1024 * 1024;
  for (Index from = std::max(place.first.index, base + 1); from < place.live_end;) {
    std::promise<Result<std::vector<EntryPtr>>> answer;
    reader.read(from, place.live_end, bytes_max, [&](auto entries) { answer.set_value(std::move(entries)); });
    const auto entries = answer.get_future().get();
    if (!entries || entries->empty()) return false;
    from += entries->size();
  }
  return true;
}

bool is_repaired(Folder& folder, const LogReading& reading, const SegmentHeader& segment) {
  if (!read_repair(folder, segment)) return false;
  const auto places = reading.map->segments();
  const auto place = std::ranges::find_if(
      places, [&](const SegmentPlace& one) { return one.header.number == segment.number; });
  EntryReader reader(folder, *reading.map, {});
  return place != places.end() && is_repaired(reader, *place, reading.map->base().index);
}

std::vector<RepairFound> find_repairs(Folder& folder, const std::vector<ListedSegment>& segments) {
  std::vector<RepairFound> found;
  for (const auto& [header, opening] : segments) {
    const auto entries = read_repair(folder, header);
    if (!entries && entries.error().code == std::errc::no_such_file_or_directory) continue;
    found.push_back({.segment = header.number,
                     .entries = entries ? entries->size() : 0,
                     .problem = entries ? std::string() : entries.error().what});
  }
  return found;
}

// One that is not there yet is no fault: it is made when it is needed.
std::string verify_index(Folder& folder, const SegmentHeader& segment) {
  const auto index = read_index(folder, segment);
  if (index || index.error().code == std::errc::no_such_file_or_directory) return {};
  return index.error().what + "; it is made anew when it is needed";
}

// Other checkpoints may be missing; one that is broken was told.
std::string verify_base(const Inspection& inspection) {
  const BaseMark base = inspection.reading->map->base();
  const bool is_there = std::ranges::any_of(
      inspection.checkpoints, [&](const CheckpointFound& found) { return found.index == base.index; });
  if (base.index == 0 || is_there) return {};
  return checkpoint_name(base.index) + " is missing: it stands for the entries that were dropped";
}

Result<EntriesFrom> read_from(EntryReader& reader, Offset from, Index end) {
  constexpr std::size_t bytes_max = 4 * 1024 * 1024;
  std::promise<Result<EntriesFrom>> answer;
  reader.read_messages(from, end, bytes_max, [&](auto entries) { answer.set_value(std::move(entries)); });
  return answer.get_future().get();
}

}  // namespace

Inspection inspect_log(Folder& folder) {
  Inspection found;
  auto segments = list_segments(folder);
  if (!segments) {
    found.problem = segments.error().what;
    return found;
  }
  found.segments = *std::move(segments);
  if (found.segments.empty()) {
    found.problem = "there is no log in " + folder.name();
    return found;
  }
  const auto checkpoints = list_checkpoints(folder);
  for (const Index index : checkpoints.value_or(std::vector<Index>())) {
    const auto read = read_checkpoint(folder, found.segments.front().header.log, index);
    found.checkpoints.push_back({index, read ? std::string() : read.error().what});
  }
  found.repairs = find_repairs(folder, found.segments);
  auto reading = read_log(folder, found.segments, {});
  if (!reading) {
    found.problem = reading.error().what;
    if (reading.error().code == std::errc::bad_message)
      reading = read_log(folder, found.segments, {}, OnDamage::go_on);
  }
  if (reading) found.reading = *std::move(reading);
  return found;
}

Verification verify_log(Folder& folder, const Inspection& inspection,
                        const std::function<void(const SegmentHeader&)>& progress) {
  Verification found;
  const auto note = [&](std::string problem) {
    if (!problem.empty()) found.problems.push_back(std::move(problem));
  };
  note(inspection.problem);
  for (const CheckpointFound& checkpoint : inspection.checkpoints) note(checkpoint.problem);
  for (const RepairFound& repair : inspection.repairs) note(repair.problem);
  if (inspection.reading) note(verify_base(inspection));
  for (std::size_t at = 0; at < inspection.segments.size(); ++at) {
    const SegmentHeader& segment = inspection.segments[at].header;
    if (is_full(inspection.segments, at)) {  // the newest one was read as a start reads it
      const auto whole = verify_segment(folder, segment);
      if (!whole && inspection.reading && is_repaired(folder, *inspection.reading, segment)) {
        found.repaired.push_back(whole.error().what + "; what stood there is in " +
                                 repair_name(segment.number));
      } else if (!whole) {
        note(whole.error().what);
      }
      note(verify_index(folder, segment));
    }
    if (progress) progress(segment);
  }
  return found;
}

Result<void> check_log(Folder& folder) {
  const auto segments = list_segments(folder);
  if (!segments) return tl::unexpected(segments.error());
  if (segments->empty())
    return failure(std::errc::no_such_file_or_directory, "there is no log in " + folder.name());
  const auto reading = read_log(folder, *segments, {});
  if (!reading) return tl::unexpected(reading.error());
  for (std::size_t at = 0; at < segments->size(); ++at) {
    if (!is_full(*segments, at)) continue;
    const SegmentHeader& segment = (*segments)[at].header;
    const auto whole = verify_segment(folder, segment);
    if (!whole && !is_repaired(folder, *reading, segment))
      return damaged_log(folder.name(), whole.error().what);
  }
  return {};
}

Result<void> visit_messages(Folder& folder, const LogReading& reading, Offset from, Offset to,
                            const VisitEntry& visit) {
  EntryReader reader(folder, *reading.map, {});
  const Index end = reading.state.decided() + 1;
  while (from < to) {
    const auto found = read_from(reader, from, end);
    if (!found) return tl::unexpected(found.error());
    Offset offset = found->offset;
    for (const EntryPtr& entry : found->entries) {
      if (offset < to && entry->message_count() > 0 && !visit(offset, *entry)) return {};
      offset += entry->message_count();
    }
    from = offset;
  }
  return {};
}

}  // namespace bellwether::storage
