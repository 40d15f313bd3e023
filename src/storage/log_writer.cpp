#include "storage/log_writer.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "base/assert.hpp"
#include "state/state_encoding.hpp"

namespace bellwether::storage {

bool is_hint(const replication::Record& record) {
  return std::holds_alternative<replication::DecidedRecord>(record);
}

LogWriter::LogWriter(SegmentSupply& supply, LogMap& map, RoomGauge& gauge, LogEnd end, Events events)
    : supply_(supply),
      map_(map),
      gauge_(gauge),
      events_(std::move(events)),
      segment_(std::move(end.segment)),
      opening_(std::move(end.opening)),
      written_to_(end.position),
      synced_to_(end.position),
      told_to_(end.told_to) {
  gauge_.on_written(0, room_left());
  // A segment that has begun is followed by the next one, and what may be handed over hangs on whether there is room.
  if (!opening_) ask_for_next();
}

Result<void> LogWriter::write(std::span<const Records> batches) {
  begin_batch();
  for (const Records& records : batches) {
    for (const auto& [number, record] : *records) {
      if (auto added = add(record); !added) return added;
      written_number_ = number;
      written_bytes_ += stored_bytes(record);
      if (!is_hint(record)) waits_for_sync_ = true;
    }
  }
  if (auto done = put(); !done) return done;
  gauge_.on_written(written_bytes_, room_left());
  return {};
}

Result<RecordNumber> LogWriter::sync() {
  if (auto synced = sync_segment(); !synced) return tl::unexpected(std::move(synced.error()));
  waits_for_sync_ = false;
  durable_number_ = written_number_;
  if (const auto base = std::exchange(written_base_, std::nullopt)) events_.on_base_durable(*base);
  return durable_number_;
}

Result<void> LogWriter::write_mark() {
  if (written_to_ + record_header_bytes + ending_record_bytes > segment_.header.limit()) {
    told_to_ = synced_to_;  // not worth a segment: the next record's ending and opening tell it
    return {};
  }
  begin_batch();
  batch_->add_mark();
  // Not synced: it is there for bits that rot later, the system writes it down soon enough.
  auto done = put();
  gauge_.on_written(written_bytes_, room_left());
  return done;
}

void LogWriter::begin_batch() {
  batch_.emplace(segment_.header.file, written_to_, synced_to_);
  if (opening_) batch_->add_opening(*std::exchange(opening_, std::nullopt));
}

Result<void> LogWriter::add(const replication::Record& record) {
  if (const auto* append = std::get_if<replication::AppendRecord>(&record)) return add_entries(*append);
  if (auto room = make_room(stored_bytes(record)); !room) return room;
  if (const auto* truncate = std::get_if<replication::TruncateRecord>(&record)) {
    batch_->add_truncate(truncate->from, map_.truncate(truncate->from));
  } else if (const auto* compact = std::get_if<replication::CompactRecord>(&record)) {
    return add_base(RecordKind::compact, compact->base);
  } else if (const auto* install = std::get_if<replication::InstallRecord>(&record)) {
    return add_base(RecordKind::install, install->base);
  } else {
    map_.apply(record);
    batch_->add(record);
  }
  return {};
}

Result<void> LogWriter::add_entries(const replication::AppendRecord& record) {
  Index index = record.first;
  for (const EntryPtr& entry : record.entries) {
    if (auto room = make_room(stored_bytes(*entry)); !room) return room;
    map_.append(index, *entry, batch_->end());
    batch_->add_entry(index++, *entry);
  }
  return {};
}

Result<void> LogWriter::add_base(RecordKind kind, const replication::SnapshotPtr& base) {
  if (auto made = events_.make_base(base); !made) return made;
  const BaseMark mark{
      .index = base->index, .ballot = base->ballot, .next_offset = state::next_offset_in(base->state.span())};
  if (kind == RecordKind::install) {
    map_.install(mark);
  } else {
    map_.compact(mark);
  }
  batch_->add_base(kind, mark);
  written_base_ = base->index;
  return {};
}

Result<void> LogWriter::make_room(std::uint64_t bytes) {
  const auto fits = [&] { return batch_->end() + bytes + ending_record_bytes <= segment_.header.limit(); };
  if (fits()) return {};
  if (auto done = go_on_in_next_segment(); !done) return done;
  BELLWETHER_ASSERT(fits());  // a segment holds at least the largest record
  return {};
}

// The next segment has its name before this one tells that there is one, and this one is durable before the
// next one tells anything.
Result<void> LogWriter::go_on_in_next_segment() {
  if (!next_asked_for_) {  // nothing of this segment was synced yet: a batch as large as a segment
    if (auto done = put(); !done) return done;
    if (auto done = sync_segment(); !done) return done;
    begin_batch();
  }
  auto next = supply_.take();
  if (!next) return tl::unexpected(std::move(next.error()));
  batch_->add_ending(next->header.file);
  if (auto done = put(); !done) return done;
  if (auto done = sync_segment(); !done) return done;
  const SegmentPlace full = map_.end_segment(written_to_);
  SegmentIndex index = map_.newest_index();
  opening_ = map_.open_segment(next->header);
  segment_ = *std::move(next);
  next_asked_for_ = false;
  written_to_ = segment_.header.records_start();
  synced_to_ = written_to_;
  gauge_.on_written(written_bytes_, room_left(), true);
  events_.on_segment_full(full, std::move(index));
  begin_batch();
  return {};
}

Result<void> LogWriter::put() {
  const std::uint64_t in_file = written_to_ - segment_.header.start;
  if (auto written = segment_.disk->write(in_file, batch_->pieces()); !written) return written;
  written_to_ = batch_->end();
  told_to_ = synced_to_;
  batch_.reset();
  return {};
}

Result<void> LogWriter::sync_segment() {
  if (auto synced = events_.sync(*segment_.disk); !synced) return synced;
  synced_to_ = written_to_;
  map_.set_durable(synced_to_);
  // Not before this one has begun on the disk, too: so what is made ahead is never more than one segment.
  ask_for_next();
  return {};
}

void LogWriter::ask_for_next() {
  if (!std::exchange(next_asked_for_, true)) supply_.prepare_after(segment_.header);
}

std::uint64_t LogWriter::room_left() const {
  const std::uint64_t opening = opening_ ? record_header_bytes + opening_bytes : 0;
  const std::uint64_t taken = written_to_ + opening + ending_record_bytes;
  return segment_.header.limit() - std::min(segment_.header.limit(), taken);
}

}  // namespace bellwether::storage
