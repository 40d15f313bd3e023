#include "storage/segment_indexes.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "storage/index_file.hpp"
#include "storage/record_reader.hpp"

namespace bellwether::storage {

Result<const SegmentIndex*> SegmentIndexes::of(const SegmentPlace& place) {
  const auto found = std::ranges::find(kept_, place.header.number, &Kept::number);
  if (found != kept_.end()) {
    kept_.splice(kept_.begin(), kept_, found);
    return &kept_.front().index;
  }
  auto index = load(place);
  if (!index) return tl::unexpected(std::move(index.error()));
  kept_.push_front({place.header.number, *std::move(index)});
  if (kept_.size() > kept_max) kept_.pop_back();
  return &kept_.front().index;
}

Result<SegmentIndex> SegmentIndexes::load(const SegmentPlace& place) {
  auto index = read_index(folder_, place.header);
  if (index) return index;
  return rebuild(place);
}

// Offsets are counted on from what the opening says, as at the time of writing. It ends where the segment is damaged:
// the last run then goes on behind that, and a truncation that stood there is not known (EntryReader::visit).
Result<SegmentIndex> SegmentIndexes::rebuild(const SegmentPlace& place) {
  const SegmentHeader& header = place.header;
  RecordReader records(header, header.records_start(), [&](std::uint64_t position, std::size_t count) {
    return files_.view(header, position, count, header.bytes);
  });
  SegmentIndex index;
  Offset next_offset = 0;
  for (;;) {
    const auto stored = records.next();
    if (!stored && stored.error().code != std::errc::io_error) return tl::unexpected(stored.error());
    if (!stored || !*stored) {
      index.reach_back_to({.index = place.first.index,
                           .position = header.records_start(),
                           .offset = place.first.offset,
                           .time_ms = place.first.time_ms});
      return index;
    }
    const StoredRecord& record = **stored;
    if (record.header.kind == RecordKind::ending) {
      if (on_rebuilt_) on_rebuilt_(header, index);
      return index;
    }
    if (record.header.kind == RecordKind::opening) {
      const auto opening = decode_opening(record.payload.span());
      if (opening) next_offset = opening->next_offset;
    } else if (const EntryPtr* entry = record.entry()) {
      index.append({.index = record.index(),
                    .position = record.position,
                    .offset = next_offset,
                    .time_ms = (*entry)->time_ms});
      next_offset += (*entry)->message_count();
    } else if (record.header.kind == RecordKind::truncate) {
      next_offset = record.next_offset_after_truncation();
      index.truncate(record.index());
    } else if (record.header.kind == RecordKind::install) {
      if (const auto base = record.base()) next_offset = base->next_offset;
      index.truncate(0);
    }
  }
}

}  // namespace bellwether::storage
