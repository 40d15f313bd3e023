// storage/log_writer.hpp: writes records behind the end of the log, a batch in one gathered write, goes on to the next
// segment when one is full, and says which record is durable after a sync. When to write and when to sync is
// its caller's choice (disk_writer.hpp: group commit in a thread).
//
// A segment that has no room for the next record gets its ending and is synced before the next one gets its
// first byte: so only the newest segment ever holds something that is not durable.
// Errors:  of the disk, after which nothing more may be written (consensus.md S5).
// Threads: none; it belongs to whoever writes. Its events come from within its members.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "replication/record.hpp"
#include "storage/batch_encoder.hpp"
#include "storage/log_map.hpp"
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

bool is_hint(const replication::Record& record);  // it asks for no sync

class LogWriter {
 public:
  using Records = std::shared_ptr<const std::vector<replication::NumberedRecord>>;

  struct Events {
    std::function<Result<void>(Disk&)> sync;  // as Disk::sync(), for those who measure it
    std::function<void(const SegmentPlace& place, SegmentIndex index)> on_segment_full;  // and durable
    // Makes the state behind a base durable (S2); a record that names it is written after that.
    std::function<Result<void>(const replication::SnapshotPtr& base)> make_base;
    std::function<void(Index base)> on_base_durable;  // such a record is
  };

  // `map` knows all that was written before.
  LogWriter(SegmentSupply& supply, LogMap& map, RoomGauge& gauge, LogEnd end, Events events);

  Result<void> write(std::span<const Records> batches);
  bool has_to_sync() const { return waits_for_sync_; }  // more than hints was written since the last sync
  Result<RecordNumber> sync();                          // up to which record all is durable

  // Makes the log itself tell that its last records were synced, so that recovery can tell their damage from an
  // unfinished write. Not synced.
  Result<void> write_mark();
  bool wants_mark() const { return synced_to_ > told_to_; }

  bool is_all_durable() const { return durable_number_ == written_number_; }

 private:
  void begin_batch();
  Result<void> add(const replication::Record& record);
  Result<void> add_entries(const replication::AppendRecord& record);
  Result<void> add_base(RecordKind kind, const replication::SnapshotPtr& base);
  Result<void> make_room(std::uint64_t bytes);
  Result<void> go_on_in_next_segment();
  Result<void> put();
  Result<void> sync_segment();
  std::uint64_t room_left() const;  // for records in this segment
  void ask_for_next();

  SegmentSupply& supply_;
  LogMap& map_;
  RoomGauge& gauge_;
  const Events events_;

  OpenSegment segment_;
  std::optional<Opening> opening_;  // to be written before anything else in this segment
  bool next_asked_for_ = false;     // the segment after this one is there or being made
  std::optional<BatchEncoder> batch_;
  std::uint64_t written_to_;  // where the next record goes in the log
  std::uint64_t synced_to_;
  std::uint64_t told_to_;            // the log's records tell that it is durable up to here
  std::uint64_t written_bytes_ = 0;  // of all records
  RecordNumber written_number_ = 0;
  RecordNumber durable_number_ = 0;
  bool waits_for_sync_ = false;
  std::optional<Index> written_base_;  // not durable yet
};

}  // namespace bellwether::storage
