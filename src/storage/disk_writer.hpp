// storage/disk_writer.hpp: the disk thread. It writes whatever has queued up while its last sync ran in one
// gathered write and syncs once (group commit). Batches of decided hints alone are written at once and not
// synced: they become durable with the next sync, or at stop().
//
// Before it goes to sleep it writes a mark, so that the file itself tells that its last records were
// synced and recovery can tell their damage from an unfinished write.
// Errors:  the first failed write or sync ends the thread: on_failure once, nothing is reported durable after
//          it.
// Threads: hand_over() from one thread; is_durable() and unsynced_bytes() from any.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "replication/record.hpp"
#include "storage/batch_encoder.hpp"
#include "storage/disk.hpp"
#include "storage/log_store.hpp"
#include "storage/recovery.hpp"

namespace bellwether::storage {

class DiskWriter {
 public:
  using Records = std::shared_ptr<const std::vector<replication::NumberedRecord>>;

  DiskWriter(Disk& disk, const LogEnd& end, LogStore::Events events);
  ~DiskWriter() { stop(); }
  DiskWriter(const DiskWriter&) = delete;
  DiskWriter& operator=(const DiskWriter&) = delete;

  // Never blocks; returns the position of the first one in the file.
  std::uint64_t hand_over(Records records);
  void stop();  // after writing and syncing what is queued

  std::size_t unsynced_bytes() const { return unsynced_bytes_; }
  bool is_durable(std::uint64_t position) const { return position <= synced_to_; }  // everything before it

 private:
  // A mark is worth its 32 bytes only if nothing else is about to be written that tells the same.
  static constexpr std::chrono::milliseconds idle_before_mark{50};

  void run();
  // What has queued up. An empty list: nothing came for a while, write a mark. None: stopped, and the queue
  // is empty.
  std::optional<std::vector<Records>> next_batches();
  Result<void> write(const std::vector<Records>& batches);
  Result<void> write_mark();
  Result<void> finish();
  Result<void> put(const BatchEncoder& batch);
  Result<void> sync();
  bool wants_mark() const { return synced_to_ > told_to_; }
  void fail(Error error);

  Disk& disk_;
  const FileId file_;
  const LogStore::Events events_;

  // The disk thread's own, but for the two that others may read.
  std::uint64_t written_to_;  // where the next record goes in the file
  std::uint64_t told_to_;     // the file's records tell that it is durable up to here
  RecordNumber written_number_ = 0;
  RecordNumber durable_number_ = 0;
  std::size_t written_unsynced_ = 0;  // the part of unsynced_bytes_ that is written
  std::atomic<std::uint64_t> synced_to_;
  std::atomic<std::size_t> unsynced_bytes_ = 0;

  std::mutex mutex_;  // guards the following
  std::condition_variable changed_;
  std::vector<Records> queue_;
  std::uint64_t end_;  // behind the last record in the queue
  bool stopping_ = false;
  bool failed_ = false;

  std::thread thread_;  // last: it starts when everything else is there
};

}  // namespace bellwether::storage
