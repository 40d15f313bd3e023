// storage/disk_writer.hpp: the disk thread. It writes whatever has queued up while its last sync ran in one
// gathered write and syncs once (group commit). Batches of decided hints alone are written at once and not
// synced: they become durable with the next sync, or at stop().
//
// A segment that has no room for the next record gets its ending and is synced before the next one gets its
// first byte: so only the newest segment ever holds something that is not durable.
//
// Before it goes to sleep it writes a mark, so that the log itself tells that its last records were
// synced and recovery can tell their damage from an unfinished write.
// Errors:  the first failed write or sync ends the thread: on_failure once, nothing is reported durable after
//          it.
// Threads: hand_over() from one thread; unsynced_bytes() from any.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "replication/record.hpp"
#include "storage/batch_encoder.hpp"
#include "storage/log_map.hpp"
#include "storage/log_store.hpp"
#include "storage/room_gauge.hpp"
#include "storage/segment_supply.hpp"

namespace bellwether::storage {

// Where the next record goes.
struct LogEnd {
  OpenSegment segment;
  std::uint64_t position = 0;      // everything before it is durable
  std::uint64_t told_to = 0;       // up to here the records themselves tell that it was durable
  std::optional<Opening> opening;  // to be written first: the segment is empty
};

class DiskWriter {
 public:
  using Records = std::shared_ptr<const std::vector<replication::NumberedRecord>>;

  // Events on the disk thread.
  struct Events {
    LogStore::Events log;
    std::function<void(const SegmentPlace& place, SegmentIndex index)> on_segment_full;  // and durable
    // Makes the state behind a base durable (S2); a record that names it is written after that.
    std::function<Result<void>(const replication::SnapshotPtr& base)> make_base;
    std::function<void(Index base)> on_base_durable;  // such a record is
  };

  // `map` knows all that was written before.
  DiskWriter(SegmentSupply& supply, LogMap& map, RoomGauge& gauge, LogEnd end, Events events);
  ~DiskWriter() { stop(); }
  DiskWriter(const DiskWriter&) = delete;
  DiskWriter& operator=(const DiskWriter&) = delete;

  void hand_over(Records records);  // never blocks
  void stop();                      // after writing and syncing what is queued

  std::size_t unsynced_bytes() const { return unsynced_bytes_; }

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

  void begin_batch();
  Result<void> add(const replication::Record& record);
  Result<void> add_entries(const replication::AppendRecord& record);
  Result<void> make_base(const replication::SnapshotPtr& base);
  Result<void> add_base(RecordKind kind, const replication::SnapshotPtr& base);
  Result<void> make_room(std::uint64_t bytes);
  Result<void> go_on_in_next_segment();
  Result<void> put();
  Result<void> sync();
  Result<void> sync_segment();
  std::uint64_t room_left() const;  // for records in this segment
  bool wants_mark() const { return synced_to_ > told_to_; }
  void ask_for_next();
  void fail(Error error);

  SegmentSupply& supply_;
  LogMap& map_;
  RoomGauge& gauge_;
  const Events events_;

  // The disk thread's own, but for the one that others may read.
  OpenSegment segment_;
  std::optional<Opening> opening_;  // to be written before anything else in this segment
  bool next_asked_for_ = false;     // the segment after this one is there or being made
  std::optional<BatchEncoder> batch_;
  std::uint64_t written_to_;  // where the next record goes in the log
  std::uint64_t synced_to_;
  std::uint64_t told_to_;            // the log's records tell that it is durable up to here
  std::uint64_t written_bytes_ = 0;  // of the records that were handed over
  RecordNumber written_number_ = 0;
  RecordNumber durable_number_ = 0;
  std::optional<Index> written_base_;  // not durable yet
  std::size_t written_unsynced_ = 0;   // the part of unsynced_bytes_ that is written
  std::atomic<std::size_t> unsynced_bytes_ = 0;

  std::mutex mutex_;  // guards the following
  std::condition_variable changed_;
  std::vector<Records> queue_;
  bool stopping_ = false;
  bool failed_ = false;

  std::thread thread_;
};

}  // namespace bellwether::storage
