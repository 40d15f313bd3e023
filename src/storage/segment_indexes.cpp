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
  index = rebuild(place);
  if (index && on_rebuilt_) on_rebuilt_(place.header, *index);
  return index;
}

// Offsets are counted on from what the opening says, as at the time of writing.
Result<SegmentIndex> SegmentIndexes::rebuild(const SegmentPlace& place) {
  const SegmentHeader& header = place.header;
  RecordReader records(header, header.records_start(), [&](std::uint64_t position, std::size_t count) {
    return files_.view(header, position, count, header.bytes);
  });
  SegmentIndex index;
  Offset next_offset = 0;
  Index last = 0;
  for (;;) {
    const auto stored = records.next();
    if (!stored) return tl::unexpected(stored.error());
    if (!*stored) {
      // Behind what is to be read from this segment there may be damage that the log has gone on without.
      if (last + 1 >= place.live_end) return index;
      return failure(std::errc::bad_message, segment_name(header.number) + " is damaged at byte " +
                                                 std::to_string(records.position() - header.start));
    }
    const StoredRecord& record = **stored;
    if (record.header.kind == RecordKind::ending) return index;
    if (record.header.kind == RecordKind::opening) {
      const auto opening = decode_opening(record.payload.span());
      if (opening) next_offset = opening->next_offset;
    } else if (const EntryPtr* entry = record.entry()) {
      index.append({.index = record.index(),
                    .position = record.position,
                    .offset = next_offset,
                    .time_ms = (*entry)->time_ms});
      next_offset += (*entry)->message_count();
      last = record.index();
    } else if (record.header.kind == RecordKind::truncate) {
      next_offset = record.next_offset_after_truncation();
      last = std::min(last, record.index() - 1);
      index.truncate(record.index());
    } else if (record.header.kind == RecordKind::install) {
      if (const auto base = record.base()) next_offset = base->next_offset;
      index.truncate(0);
    }
  }
}

}  // namespace bellwether::storage
