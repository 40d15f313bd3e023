#include "storage/disk_writer.hpp"

#include <utility>
#include <variant>

#include "base/assert.hpp"

namespace bellwether::storage {
namespace {

bool is_hint(const replication::Record& record) {
  return std::holds_alternative<replication::DecidedRecord>(record);
}

}  // namespace

DiskWriter::DiskWriter(Disk& disk, const LogEnd& end, LogStore::Events events)
    : disk_(disk),
      file_(end.file),
      events_(std::move(events)),
      written_to_(end.position),
      told_to_(end.told_to),
      synced_to_(end.position),
      end_(end.position),
      thread_([this] { run(); }) {}

std::uint64_t DiskWriter::hand_over(Records records) {
  std::uint64_t bytes = 0;
  std::size_t asks_for_sync = 0;
  for (const auto& [number, record] : *records) {
    const std::size_t size = stored_bytes(record);
    bytes += size;
    if (!is_hint(record)) asks_for_sync += size;
  }
  const std::scoped_lock lock(mutex_);
  BELLWETHER_ASSERT(!stopping_);
  if (!failed_) queue_.push_back(std::move(records));
  unsynced_bytes_ += asks_for_sync;
  changed_.notify_one();
  return std::exchange(end_, end_ + bytes);
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
    end_ += record_header_bytes;  // the mark's place, taken while nobody else takes one
    return std::vector<Records>();
  }
  if (queue_.empty()) return std::nullopt;
  return std::exchange(queue_, {});
}

Result<void> DiskWriter::write(const std::vector<Records>& batches) {
  BatchEncoder batch(file_, written_to_, synced_to_);
  bool waits_for_sync = false;
  for (const Records& records : batches) {
    for (const auto& [number, record] : *records) {
      batch.add(record);
      written_number_ = number;
      if (is_hint(record)) continue;
      waits_for_sync = true;
      written_unsynced_ += stored_bytes(record);
    }
  }
  if (auto done = put(batch); !done) return done;
  return waits_for_sync ? sync() : Result<void>();
}

Result<void> DiskWriter::write_mark() {
  BatchEncoder batch(file_, written_to_, synced_to_);
  batch.add_mark();
  // Not synced: it is there for bits that rot later, the system writes it down soon enough.
  return put(batch);
}

Result<void> DiskWriter::finish() {
  if (durable_number_ < written_number_) {
    if (auto done = sync(); !done) return done;
  }
  return wants_mark() ? write_mark() : Result<void>();
}

Result<void> DiskWriter::put(const BatchEncoder& batch) {
  if (auto reserved = disk_.reserve(batch.end()); !reserved) return reserved;
  if (auto written = disk_.write(written_to_, batch.pieces()); !written) return written;
  written_to_ = batch.end();
  told_to_ = synced_to_;
  return {};
}

Result<void> DiskWriter::sync() {
  const auto start = std::chrono::steady_clock::now();
  if (auto synced = disk_.sync(); !synced) return synced;
  const auto took =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);

  synced_to_ = written_to_;
  unsynced_bytes_ -= std::exchange(written_unsynced_, 0);
  durable_number_ = written_number_;
  if (events_.on_durable) events_.on_durable(durable_number_);
  const auto milliseconds = static_cast<std::uint64_t>(took.count());
  if (milliseconds > LogStore::slow_sync_ms && events_.on_slow_sync) events_.on_slow_sync(milliseconds);
  return {};
}

void DiskWriter::fail(Error error) {
  {
    const std::scoped_lock lock(mutex_);
    failed_ = true;  // nothing will be taken out of the queue any more
    queue_.clear();
  }
  if (events_.on_failure) events_.on_failure(std::move(error));
}

}  // namespace bellwether::storage
