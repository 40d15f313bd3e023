// storage/disk_writer.hpp: the disk thread. It has whatever has queued up while its last sync ran written in one
// gathered write and syncs once (group commit). Batches of decided hints alone are written at once and not
// synced: they become durable with the next sync, or at stop().
//
// Before it goes to sleep it has a mark written, so that the log itself tells that its last records were synced.
// Errors:  the first failed write or sync ends the thread: on_failure once, nothing is reported durable after
//          it.
// Threads: hand_over() from one thread; unsynced_bytes() from any.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "storage/log_files.hpp"
#include "storage/log_store.hpp"
#include "storage/log_writer.hpp"

namespace bellwether::storage {

class DiskWriter {
 public:
  using Records = LogWriter::Records;

  DiskWriter(LogFiles& files, LogStore::Events events);
  ~DiskWriter() { stop(); }
  DiskWriter(const DiskWriter&) = delete;
  DiskWriter& operator=(const DiskWriter&) = delete;

  void hand_over(Records records);  // never blocks
  void stop();                      // after writing and syncing what is queued

  std::size_t unsynced_bytes() const { return unsynced_bytes_; }

  // For the log's files, on the disk thread.
  Result<void> sync_and_measure(Disk& disk) const;
  bool waits_for_room(const Error& error);

 private:
  // A mark is worth its 32 bytes only if nothing else is about to be written that tells the same.
  static constexpr std::chrono::milliseconds idle_before_mark{50};

  void run();
  // What has queued up. An empty list: nothing came for a while, write a mark. None: stopped, and the queue
  // is empty.
  std::optional<std::vector<Records>> next_batches();
  Result<void> write(const std::vector<Records>& batches);
  Result<void> sync();
  Result<void> finish();
  void fail(Error error);

  LogFiles& files_;
  const LogStore::Events events_;
  std::size_t written_unsynced_ = 0;  // the part of unsynced_bytes_ that is written; the disk thread's own
  std::atomic<std::size_t> unsynced_bytes_ = 0;

  std::mutex mutex_;  // guards the following
  std::condition_variable changed_;
  std::vector<Records> queue_;
  bool stopping_ = false;
  bool failed_ = false;

  std::thread thread_;
};

}  // namespace bellwether::storage
