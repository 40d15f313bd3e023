#include "storage/disk_writer.hpp"

#include <utility>

#include "base/assert.hpp"

namespace bellwether::storage {
namespace {

constexpr std::chrono::seconds base_tries_again_after{1};

std::size_t bytes_to_sync(const LogWriter::Records& records) {
  std::size_t bytes = 0;
  for (const auto& [number, record] : *records) {
    if (!is_hint(record)) bytes += stored_bytes(record);
  }
  return bytes;
}

}  // namespace

DiskWriter::DiskWriter(LogFiles& files, LogStore::Events events) : files_(files), events_(std::move(events)) {
  thread_ = std::thread([this] { run(); });
}

void DiskWriter::hand_over(Records records) {
  files_.expect(*records);
  const std::size_t asks_for_sync = bytes_to_sync(records);
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
    auto done = batches->empty() ? files_.writer().write_mark() : write(*batches);
    if (!done) return fail(std::move(done.error()));
  }
  if (auto done = finish(); !done) fail(std::move(done.error()));
}

std::optional<std::vector<DiskWriter::Records>> DiskWriter::next_batches() {
  std::unique_lock lock(mutex_);
  const auto has_news = [this] { return stopping_ || !queue_.empty(); };
  if (!files_.writer().wants_mark()) {
    changed_.wait(lock, has_news);
  } else if (!changed_.wait_for(lock, idle_before_mark, has_news)) {
    return std::vector<Records>();
  }
  if (queue_.empty()) return std::nullopt;
  return std::exchange(queue_, {});
}

Result<void> DiskWriter::write(const std::vector<Records>& batches) {
  if (auto written = files_.writer().write(batches); !written) return written;
  for (const Records& records : batches) written_unsynced_ += bytes_to_sync(records);
  return files_.writer().has_to_sync() ? sync() : Result<void>();
}

Result<void> DiskWriter::sync() {
  const auto durable = files_.sync();
  if (!durable) return tl::unexpected(durable.error());
  unsynced_bytes_ -= std::exchange(written_unsynced_, 0);
  if (events_.on_durable) events_.on_durable(*durable);
  return {};
}

Result<void> DiskWriter::finish() {
  LogWriter& writer = files_.writer();
  if (!writer.is_all_durable()) {
    if (auto done = sync(); !done) return done;
  }
  return writer.wants_mark() ? writer.write_mark() : Result<void>();
}

Result<void> DiskWriter::sync_and_measure(Disk& disk) const {
  const auto start = std::chrono::steady_clock::now();
  if (auto synced = disk.sync(); !synced) return synced;
  if (events_.on_sync) events_.on_sync(std::chrono::steady_clock::now() - start);
  return {};
}

// A base that found none: this disk stands still until there is some, as what comes behind it stands on it.
bool DiskWriter::waits_for_room(const Error& error) {
  if (events_.on_side_failure) events_.on_side_failure(error);
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, base_tries_again_after, [this] { return stopping_; });
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
