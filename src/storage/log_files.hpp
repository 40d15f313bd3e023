// storage/log_files.hpp: the files of an open log and those who keep them: who writes records, makes the next segment
// ahead, writes checkpoints and indexes and drops the oldest part. None of them has a thread: what can wait is
// handed to a Background, the rest is done where it is asked for.
// Errors:  of the disk; after one of write or sync nothing more may be written (consensus.md S5).
// Threads: writer() and sync() by one, the others by any.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "replication/output.hpp"
#include "storage/background.hpp"
#include "storage/checkpoint_keeper.hpp"
#include "storage/folder.hpp"
#include "storage/log_map.hpp"
#include "storage/log_opening.hpp"
#include "storage/log_store.hpp"
#include "storage/log_trimmer.hpp"
#include "storage/log_writer.hpp"
#include "storage/retention.hpp"
#include "storage/room_gauge.hpp"
#include "storage/segment_supply.hpp"

namespace bellwether::storage {

class LogFiles {
 public:
  struct Events {
    LogStore::Events log;                     // on_side_failure, on_room_missing, on_room
    std::function<Result<void>(Disk&)> sync;  // see LogWriter::Events
    // The state behind a base found no room: whether to try again, once there may be some. None: no.
    std::function<bool(const Error&)> waits_for_room;
    std::function<void(std::uint64_t oldest)> on_forgotten;  // nobody is to read a segment before this one
  };

  LogFiles(OpenedLog opened, const LogOptions& options, Background& background, Events events);

  // ---- writing
  void expect(
      const std::vector<replication::NumberedRecord>& records);  // these will be written, in this order
  LogWriter& writer() { return writer_; }
  Result<RecordNumber> sync();  // of all that is written; up to which record all is durable

  // ---- checkpoints and what is dropped for them
  CheckpointKeeper& checkpoints() { return checkpoints_; }
  const CheckpointKeeper& checkpoints() const { return checkpoints_; }
  Result<replication::SnapshotPtr> read_snapshot(
      Index index);  // one that cannot be read is not asked for again
  Index base_due(std::uint64_t now_ms) const;
  void drop_before(Index base);  // which is durable

  void keep_index(const SegmentHeader& segment, const SegmentIndex& index);
  void drop_cached_before(std::uint64_t number);
  // Entries that their segments cannot give back. What was dropped meanwhile is missed by nobody.
  Result<void> add_to_repairs(const std::vector<replication::RepairedEntry>& entries);
  void stop_zeros() { supply_.stop_zeros(); }

  Folder& folder() { return *folder_; }
  LogMap& map() { return *map_; }
  const LogMap& map() const { return *map_; }
  const RoomGauge& gauge() const { return gauge_; }

 private:
  LogWriter::Events writer_events();
  Result<void> make_base(const replication::SnapshotPtr& base);

  const std::unique_ptr<Folder> folder_;
  const std::unique_ptr<LogMap> map_;
  const LogId log_;
  const Retention retention_;
  Background& background_;
  const Events events_;
  RoomGauge gauge_;
  SegmentSupply supply_;
  CheckpointKeeper checkpoints_;
  LogTrimmer trimmer_;
  LogWriter writer_;
};

}  // namespace bellwether::storage
