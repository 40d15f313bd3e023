#include "storage/disk_writer.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "base/assert.hpp"
#include "state/state_encoding.hpp"

namespace bellwether::storage {
namespace {

constexpr std::chrono::seconds base_tries_again_after{1};

bool is_hint(const replication::Record& record) {
  return std::holds_alternative<replication::DecidedRecord>(record);
}

}  // namespace

DiskWriter::DiskWriter(SegmentSupply& supply, LogMap& map, RoomGauge& gauge, LogEnd end, Events events)
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
  thread_ = std::thread([this] { run(); });
}

void DiskWriter::hand_over(Records records) {
  std::size_t asks_for_sync = 0;
  std::uint64_t bytes = 0;
  for (const auto& [number, record] : *records) {
    bytes += stored_bytes(record);
    if (!is_hint(record)) asks_for_sync += stored_bytes(record);
  }
  gauge_.hand_over(bytes);
  const std::scoped_lock lock(mutex_);
  BELLWETHER_ASSERT(!stopping_);
  if (!failed_) queue_.push_back(std::move(records));
  unsynced_bytes_ += asks_for_sync;
  changed_.notify_one();
}

void DiskWriter::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    changed_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

void DiskWriter::run() {
  while (const auto batches = next_batches()) {
    auto done = batches->empty() ? write_mark() : write(*batches);
    if (!done) return fail(std::move(done.error()));
  }
  if (auto done = finish(); !done) fail(std::move(done.error()));
}

std::optional<std::vector<DiskWriter::Records>> DiskWriter::next_batches() {
  std::unique_lock lock(mutex_);
  const auto has_news = [this] { return stopping_ || !queue_.empty(); };
  if (!wants_mark()) {
    changed_.wait(lock, has_news);
  } else if (!changed_.wait_for(lock, idle_before_mark, has_news)) {
    return std::vector<Records>();
  }
  if (queue_.empty()) return std::nullopt;
  return std::exchange(queue_, {});
}

Result<void> DiskWriter::write(const std::vector<Records>& batches) {
  bool waits_for_sync = false;
  begin_batch();
  for (const Records& records : batches) {
    for (const auto& [number, record] : *records) {
      if (auto added = add(record); !added) return added;
      written_number_ = number;
      written_bytes_ += stored_bytes(record);
      if (is_hint(record)) continue;
      waits_for_sync = true;
      written_unsynced_ += stored_bytes(record);
    }
  }
  if (auto done = put(); !done) return done;
  gauge_.on_written(written_bytes_, room_left());
  return waits_for_sync ? sync() : Result<void>();
}

Result<void> DiskWriter::write_mark() {
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

Result<void> DiskWriter::finish() {
  if (durable_number_ < written_number_) {
    if (auto done = sync(); !done) return done;
  }
  return wants_mark() ? write_mark() : Result<void>();
}

void DiskWriter::begin_batch() {
  batch_.emplace(segment_.header.file, written_to_, synced_to_);
  if (opening_) batch_->add_opening(*std::exchange(opening_, std::nullopt));
}

Result<void> DiskWriter::add(const replication::Record& record) {
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

Result<void> DiskWriter::add_entries(const replication::AppendRecord& record) {
  Index index = record.first;
  for (const EntryPtr& entry : record.entries) {
    if (auto room = make_room(stored_bytes(*entry)); !room) return room;
    map_.append(index, *entry, batch_->end());
    batch_->add_entry(index++, *entry);
  }
  return {};
}

Result<void> DiskWriter::add_base(RecordKind kind, const replication::SnapshotPtr& base) {
  if (auto made = make_base(base); !made) return made;
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

// Without room for it this disk stands still until there is some: what comes behind it stands on it.
Result<void> DiskWriter::make_base(const replication::SnapshotPtr& base) {
  if (!events_.make_base) return {};
  for (;;) {
    auto made = events_.make_base(base);
    if (made || !is_no_room(made.error().code)) return made;
    if (events_.log.on_side_failure) events_.log.on_side_failure(made.error());
    std::unique_lock lock(mutex_);
    if (changed_.wait_for(lock, base_tries_again_after, [this] { return stopping_; })) return made;
  }
}

Result<void> DiskWriter::make_room(std::uint64_t bytes) {
  const auto fits = [&] { return batch_->end() + bytes + ending_record_bytes <= segment_.header.limit(); };
  if (fits()) return {};
  if (auto done = go_on_in_next_segment(); !done) return done;
  BELLWETHER_ASSERT(fits());  // a segment holds at least the largest record
  return {};
}

// The next segment has its name before this one tells that there is one, and this one is durable before the
// next one tells anything.
Result<void> DiskWriter::go_on_in_next_segment() {
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
  if (events_.on_segment_full) events_.on_segment_full(full, std::move(index));
  begin_batch();
  return {};
}

Result<void> DiskWriter::put() {
  const std::uint64_t in_file = written_to_ - segment_.header.start;
  if (auto written = segment_.disk->write(in_file, batch_->pieces()); !written) return written;
  written_to_ = batch_->end();
  told_to_ = synced_to_;
  batch_.reset();
  return {};
}

Result<void> DiskWriter::sync() {
  if (auto synced = sync_segment(); !synced) return synced;
  unsynced_bytes_ -= std::exchange(written_unsynced_, 0);
  durable_number_ = written_number_;
  if (const auto base = std::exchange(written_base_, std::nullopt); base && events_.on_base_durable)
    events_.on_base_durable(*base);
  if (events_.log.on_durable) events_.log.on_durable(durable_number_);
  return {};
}

Result<void> DiskWriter::sync_segment() {
  const auto start = std::chrono::steady_clock::now();
  if (auto synced = segment_.disk->sync(); !synced) return synced;
  const auto took =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
  synced_to_ = written_to_;
  map_.set_durable(synced_to_);
  // Not before this one has begun on the disk, too: so what is made ahead is never more than one segment.
  ask_for_next();
  const auto milliseconds = static_cast<std::uint64_t>(took.count());
  if (milliseconds > LogStore::slow_sync_ms && events_.log.on_slow_sync)
    events_.log.on_slow_sync(milliseconds);
  return {};
}

void DiskWriter::ask_for_next() {
  if (!std::exchange(next_asked_for_, true)) supply_.prepare_after(segment_.header);
}

std::uint64_t DiskWriter::room_left() const {
  const std::uint64_t opening = opening_ ? record_header_bytes + opening_bytes : 0;
  const std::uint64_t taken = written_to_ + opening + ending_record_bytes;
  return segment_.header.limit() - std::min(segment_.header.limit(), taken);
}

void DiskWriter::fail(Error error) {
  {
    const std::scoped_lock lock(mutex_);
    failed_ = true;  // nothing will be taken out of the queue any more
    queue_.clear();
  }
  if (events_.log.on_failure) events_.log.on_failure(std::move(error));
}

}  // namespace bellwether::storage
