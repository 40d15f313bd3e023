// storage/segmented_log.hpp: the log as segments of one folder, with its threads: one that writes, one that reads, one
// for the rest.
// Errors, Threads: as in log_store.hpp.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "storage/disk_writer.hpp"
#include "storage/entry_reader.hpp"
#include "storage/folder.hpp"
#include "storage/housekeeper.hpp"
#include "storage/log_files.hpp"
#include "storage/log_store.hpp"

namespace bellwether::storage {

class SegmentedLog final : public LogStore {
 public:
  static Result<Opened> open(std::unique_ptr<Folder> folder, const LogOptions& options, Events events,
                             const std::function<void(double)>& progress);

  ~SegmentedLog() override { close(); }

  void write(std::vector<replication::NumberedRecord> records) override;
  std::size_t unsynced_bytes() const override { return writer_.unsynced_bytes(); }
  replication::Room room(std::uint64_t more) const override { return files_.gauge().room(more); }
  bool fits(std::uint64_t more) const override { return files_.gauge().fits(more); }
  void read(Index from, Index end, std::size_t bytes_max, ReadDone done) override;
  void read_messages(Offset from, Index end, std::size_t bytes_max, MessagesDone done) override;
  void write_repair(std::vector<replication::RepairedEntry> entries, RepairDone done) override;
  Index checkpoint_due() const override { return files_.checkpoints().due(); }
  void write_checkpoint(EncodedCheckpoint checkpoint, CheckpointDone done) override;
  std::uint64_t position_behind(Index index) const override { return files_.map().position_behind(index); }
  BaseMark base() const override { return files_.map().base(); }
  Index base_due(std::uint64_t now_ms) const override { return files_.base_due(now_ms); }
  void read_snapshot(Index index, SnapshotDone done) override;
  void close() override;

 private:
  SegmentedLog(OpenedLog opened, const LogOptions& options, const Events& events);
  LogFiles::Events files_events(const Events& events);

  RecordNumber last_record_ = 0;  // that was handed over and asks for a sync
  Housekeeper housekeeper_;
  LogFiles files_;
  DiskWriter writer_;
  EntryReader reader_;
};

}  // namespace bellwether::storage
