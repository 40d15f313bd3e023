#include "world/byte_disk.hpp"

#include <algorithm>
#include <utility>

#include "storage/file_window.hpp"
#include "storage/record_reader.hpp"
#include "storage/recovery.hpp"
#include "storage/segment_list.hpp"

namespace bellwether::simulation {

using replication::NumberedRecord;
using replication::Record;
using replication::StableState;
using storage::memory::MemoryFolder;

namespace {

// The last record that tells that those before it were durable has to stay, and may be a mark.
constexpr std::uint64_t safe_tail_bytes = storage::record_header_bytes;
constexpr std::uint64_t operations_max = 24;  // of a batch with a new segment and what is done beside it

void note_entries(const storage::StoredRecord& stored, std::map<Index, EntryPtr>& entries) {
  if (const EntryPtr* entry = stored.entry()) {
    entries[stored.index()] = *entry;
  } else if (stored.header.kind == storage::RecordKind::truncate) {
    entries.erase(entries.lower_bound(stored.index()), entries.end());
  } else if (stored.header.kind == storage::RecordKind::install) {
    entries.clear();
  }
}

}  // namespace

ByteDisk::ByteDisk(std::uint64_t seed, std::uint64_t segment_bytes, NodeId self)
    : random_(seed), files_(std::make_unique<MemoryFolder>()) {
  options_.segment_bytes = segment_bytes;
  options_.reserve = {
      .small_records = segment_bytes / 8, .one_step = segment_bytes / 4, .begun = segment_bytes / 4};
  if (random_.chance(0.5)) options_.retention.bytes = segment_bytes;  // keeps a checkpoint of each segment
  options_.self = self;
  options_.has_others = true;
  options_.draw_id = [this] { return random_.next(); };
}

// ---- starts

Result<void> ByteDisk::format(std::vector<Record> records) {
  if (auto begun = begin(); !begun) return tl::unexpected(std::move(begun.error()));
  Records numbered;
  for (Record& record : records) numbered.push_back({numbered.size() + 1, std::move(record)});
  hand_over(numbered);
  auto synced = sync(numbered.size());
  end_process();
  options_.may_create = false;
  return synced;
}

Result<StableState> ByteDisk::open() { return begin(); }

Result<StableState> ByteDisk::begin() {
  auto opened = storage::open_log(files_->folder(), options_, {});
  if (!opened) return tl::unexpected(std::move(opened.error()));
  auto state = std::move(opened->state);
  const Index base = opened->report.base;
  log_ =
      std::make_unique<storage::LogFiles>(*std::move(opened), options_, jobs_, storage::LogFiles::Events{});
  if (base > 0) log_->drop_before(base);
  return state;
}

Result<StableState> ByteDisk::look() const {
  const auto folder = files_->folder();
  const auto segments = storage::list_segments(*folder);
  if (!segments) return tl::unexpected(segments.error());
  if (segments->empty()) return failure(std::errc::no_such_file_or_directory, "there is no log");
  auto reading = storage::read_log(*folder, *segments, {});
  if (!reading && is_harmed_) reading = storage::read_log(*folder, *segments, {}, storage::OnDamage::go_on);
  if (!reading) return tl::unexpected(std::move(reading.error()));
  return std::move(reading->state);
}

Result<std::map<Index, EntryPtr>> ByteDisk::read_entries() const {
  std::map<Index, EntryPtr> entries;
  const auto visited = visit_records([&](const storage::SegmentHeader&, const storage::StoredRecord& stored) {
    note_entries(stored, entries);
  });
  if (!visited) return tl::unexpected(visited.error());
  return entries;
}

Result<void> ByteDisk::visit_records(const VisitRecord& visit) const {
  const auto folder = files_->folder();
  const auto segments = storage::list_segments(*folder);
  if (!segments) return tl::unexpected(segments.error());
  for (const storage::ListedSegment& segment : *segments) {
    const auto disk = folder->open(storage::segment_name(segment.header.number));
    if (!disk) return tl::unexpected(disk.error());
    storage::FileWindow window(**disk);
    storage::RecordReader records(
        segment.header, segment.header.records_start(),
        [&](std::uint64_t position, std::size_t count) { return window.view(position, count); });
    for (;;) {
      const auto stored = records.next();
      if (!stored) return tl::unexpected(stored.error());
      if (!*stored) break;
      visit(segment.header, **stored);
    }
  }
  return {};
}

// ---- a process

void ByteDisk::hand_over(const Records& records) {
  log_->expect(records);
  for (const NumberedRecord& record : records) {
    if (!storage::is_hint(record.record)) last_record_ = record.number;
    queue_.push_back(record);
  }
}

ByteDisk::Records ByteDisk::take(std::size_t count) {
  const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(count);
  Records taken(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
  queue_.erase(queue_.begin(), end);
  return taken;
}

Result<void> ByteDisk::sync(RecordNumber upto) {
  const auto behind = std::ranges::upper_bound(queue_, upto, {}, &NumberedRecord::number);
  Records records = take(static_cast<std::size_t>(behind - queue_.begin()));
  jobs_.pass_time();
  const bool shows_earlier_ones = misdirected_ == Misdirected::unnoticed;
  if (auto done = write_and_sync(std::move(records)); !done) return done;
  if (!log_->writer().is_all_durable()) {  // hints came last
    if (auto synced = log_->sync(); !synced) return tl::unexpected(std::move(synced.error()));
  }
  if (shows_earlier_ones) misdirected_ = Misdirected::no;
  note_misdirected();
  return random_.chance(0.3) && log_->writer().wants_mark() ? log_->writer().write_mark() : Result<void>();
}

// In one batch or in two, as they happen to come. After a failure nothing is written any more (S5).
Result<void> ByteDisk::write_and_sync(Records records) {
  if (has_failed_) return failure(std::errc::io_error, "the disk has failed before");
  has_failed_ = true;
  const std::size_t first = random_.chance(0.7) ? records.size() : random_.below(records.size() + 1);
  const auto border = records.begin() + static_cast<std::ptrdiff_t>(first);
  std::vector<Records> batches{Records(records.begin(), border), Records(border, records.end())};
  for (Records& batch : batches) {
    if (batch.empty()) continue;
    do_some_jobs();
    const auto shared = std::make_shared<const Records>(std::move(batch));
    if (auto written = log_->writer().write({&shared, 1}); !written) return written;
    do_some_jobs();
    if (!log_->writer().has_to_sync()) continue;
    if (auto synced = log_->sync(); !synced) return tl::unexpected(std::move(synced.error()));
  }
  do_some_jobs();
  has_failed_ = false;
  return {};
}

void ByteDisk::do_some_jobs() {
  while (random_.chance(0.7) && jobs_.do_one()) {
  }
}

void ByteDisk::checkpoint(storage::EncodedCheckpoint checkpoint) {
  log_->checkpoints().hand_over(std::move(checkpoint), last_record_, {});
}

// One that finds no room is met again by who reads there.
void ByteDisk::repair(std::vector<replication::RepairedEntry> entries) {
  jobs_.add([this, entries = std::move(entries)] { (void)log_->add_to_repairs(entries); });
}

replication::SnapshotPtr ByteDisk::base_upto(Index limit) {
  const std::vector<Index> all = log_->checkpoints().all();
  const auto behind = std::ranges::upper_bound(all, limit);
  if (behind == all.begin()) return nullptr;
  auto snapshot = log_->read_snapshot(*std::prev(behind));
  return snapshot ? *std::move(snapshot) : nullptr;
}

// ---- crashes

void ByteDisk::crash(Crash kind) {
  if (kind == Crash::keep_all) {
    const Records rest = take(queue_.size());
    if (!rest.empty()) (void)write_and_sync(rest);
    end_process();
  } else if (kind == Crash::lose_all) {
    end_process();
    files_ = std::make_unique<MemoryFolder>(files_->durable());
  } else {
    die_while_writing();
    while (random_.chance(0.25)) die_while_starting();
  }
}

void ByteDisk::stop() {
  const Records rest = take(queue_.size());
  if (!rest.empty()) (void)write_and_sync(rest);
  auto& writer = log_->writer();
  if (!has_failed_ && !writer.is_all_durable()) (void)log_->sync();
  if (!has_failed_ && writer.wants_mark()) (void)writer.write_mark();
  end_process();
}

void ByteDisk::die_while_writing() {
  files_->cut_power_at(files_->operations() + static_cast<int>(random_.below(operations_max)));
  (void)write_and_sync(take(random_.below(queue_.size() + 1)));
  if (random_.chance(0.5)) jobs_.do_all();
  end_process();
  if (random_.chance(0.7)) cut_power();
}

void ByteDisk::die_while_starting() {
  files_->cut_power_at(files_->operations() + static_cast<int>(random_.below(operations_max)));
  if (begin() && random_.chance(0.5)) jobs_.do_all();
  end_process();
  if (random_.chance(0.7)) cut_power();
}

void ByteDisk::end_process() {
  note_misdirected();
  if (misdirected_ == Misdirected::soon) misdirected_ = Misdirected::no;
  files_->misdirect_next_write(nullptr);
  log_.reset();
  jobs_.drop_all();
  queue_.clear();
  last_record_ = 0;
  has_failed_ = false;
  files_->restart_process();
}

// ---- damage

bool ByteDisk::flip_bytes() {
  const auto folder = files_->folder();
  const auto segments = storage::list_segments(*folder);
  if (!segments || segments->empty()) return false;
  const auto reading = storage::read_log(*folder, *segments, {});
  if (!reading || reading->opening || reading->told_to <= reading->segment.records_start() + safe_tail_bytes)
    return false;
  storage::memory::Image image = files_->written();
  const std::string newest = storage::segment_name(reading->segment.number);
  const std::string name = random_.chance(0.5) ? newest : random_.pick(image).first;
  if (random_.chance(0.4)) return flip_in_an_entry(std::move(image), reading->told_to - safe_tail_bytes);
  auto& bytes = image.at(name);
  const std::uint64_t end =
      name == newest ? reading->told_to - reading->segment.start - safe_tail_bytes : bytes.size();
  if (end == 0) return false;
  if (random_.chance(0.5)) {
    bytes[random_.below(end)] ^= std::byte{1} << static_cast<int>(random_.below(8));
  } else {
    const std::uint64_t block = random_.below(end) / MemoryFolder::block_bytes * MemoryFolder::block_bytes;
    const std::uint64_t behind = std::min<std::uint64_t>(block + MemoryFolder::block_bytes, end);
    std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(block),
              bytes.begin() + static_cast<std::ptrdiff_t>(behind), std::byte{0});
  }
  files_ = std::make_unique<MemoryFolder>(image);
  is_harmed_ = true;
  return true;
}

// What a start may go on after wherever it is (S6): most other bytes of small records may have been a promise.
bool ByteDisk::flip_in_an_entry(storage::memory::Image image, std::uint64_t before) {
  const auto entries = places_of_entries(before);
  if (entries.empty()) return false;
  const auto& [name, from, end] = random_.pick(entries);
  image.at(name)[from + random_.below(end - from)] ^= std::byte{1} << static_cast<int>(random_.below(8));
  files_ = std::make_unique<MemoryFolder>(image);
  is_harmed_ = true;
  return true;
}

// The body of each, up to that position of the log.
std::vector<ByteDisk::Place> ByteDisk::places_of_entries(std::uint64_t before) const {
  std::vector<Place> places;
  const auto visited =
      visit_records([&](const storage::SegmentHeader& segment, const storage::StoredRecord& stored) {
        if (stored.entry() == nullptr || stored.end() > before) return;
        const std::uint64_t at = stored.position - segment.start;
        const Place body{.name = storage::segment_name(segment.number),
                         .from = at + storage::record_header_bytes + storage::guarded_payload_bytes,
                         .end = at + stored.header.bytes()};
        if (body.from < body.end) places.push_back(body);
      });
  if (!visited) places.clear();
  return places;
}

void ByteDisk::misdirect_next_write() {
  if (misdirected_ != Misdirected::no) return;
  files_->misdirect_next_write([this](std::uint64_t count) { return random_.below(count); });
  misdirected_ = Misdirected::soon;
}

void ByteDisk::note_misdirected() {
  if (misdirected_ != Misdirected::soon || !files_->has_misdirected()) return;
  misdirected_ = Misdirected::unnoticed;
  is_harmed_ = true;
}

void ByteDisk::do_all_jobs() {
  jobs_.pass_time();
  jobs_.do_all();
}

// Now and then with something left that is less than a segment.
void ByteDisk::fill_up(bool is_full) {
  std::uint64_t used = 0;
  for (const auto& [name, contents] : files_->written()) used += contents.size();
  const std::uint64_t left = random_.one_of<std::uint64_t>({0, 1'000, options_.segment_bytes / 2});
  files_->set_capacity(is_full ? std::optional(used + left) : std::nullopt);
}

void ByteDisk::cut_power() {
  const double kept = random_.one_of({0.0, 0.1, 0.5, 0.9});
  files_ = std::make_unique<MemoryFolder>(files_->torn([&] { return random_.chance(kept); }));
}

}  // namespace bellwether::simulation
