// storage/segmented_log.hpp: the log as segments of one folder.
// Errors, Threads: as in log_store.hpp.
#pragma once

#include <memory>
#include <vector>

#include "storage/checkpoint_keeper.hpp"
#include "storage/disk_writer.hpp"
#include "storage/entry_reader.hpp"
#include "storage/folder.hpp"
#include "storage/housekeeper.hpp"
#include "storage/log_map.hpp"
#include "storage/log_store.hpp"
#include "storage/log_trimmer.hpp"
#include "storage/room_gauge.hpp"
#include "storage/segment_supply.hpp"

namespace bellwether::storage {

class SegmentedLog final : public LogStore {
 public:
  static Result<Opened> open(std::unique_ptr<Folder> folder, const LogOptions& options, Events events,
                             const std::function<void(double)>& progress);

  ~SegmentedLog() override { close(); }

  void write(std::vector<replication::NumberedRecord> records) override;
  std::size_t unsynced_bytes() const override { return writer_.unsynced_bytes(); }
  replication::Room room(std::uint64_t more) const override { return gauge_.room(more); }
  bool fits(std::uint64_t more) const override { return gauge_.fits(more); }
  void read(Index from, Index end, std::size_t bytes_max, ReadDone done) override;
  void read_messages(Offset from, Index end, std::size_t bytes_max, MessagesDone done) override;
  void write_repair(std::vector<replication::RepairedEntry> entries, RepairDone done) override;
  Index checkpoint_due() const override { return checkpoints_.due(); }
  void write_checkpoint(EncodedCheckpoint checkpoint, CheckpointDone done) override;
  std::uint64_t position_behind(Index index) const override { return map_->position_behind(index); }
  BaseMark base() const override { return map_->base(); }
  Index base_due(std::uint64_t now_ms) const override;
  void read_snapshot(Index index, SnapshotDone done) override;
  void close() override;

 private:
  struct Parts {
    std::unique_ptr<Folder> folder;
    std::unique_ptr<LogMap> map;
    LogEnd end;
    std::optional<OpenSegment> spare;
    CheckpointKeeper::Start checkpoints;
  };
  SegmentedLog(Parts parts, const LogOptions& options, const Events& events);
  DiskWriter::Events writer_events(const Events& events);
  void drop_before(Index base);
  Result<void> add_to_repairs(const std::vector<replication::RepairedEntry>& entries);
  void keep_index(const SegmentHeader& segment, const SegmentIndex& index);

  std::unique_ptr<Folder> folder_;
  std::unique_ptr<LogMap> map_;
  const LogId log_;
  const Retention retention_;
  const std::function<void(Error)> on_side_failure_;
  RecordNumber last_record_ = 0;  // that was handed over and asks for a sync
  Housekeeper housekeeper_;
  RoomGauge gauge_;
  SegmentSupply supply_;
  CheckpointKeeper checkpoints_;
  LogTrimmer trimmer_;
  DiskWriter writer_;
  EntryReader reader_;
};

}  // namespace bellwether::storage
