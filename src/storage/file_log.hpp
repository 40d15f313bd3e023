// storage/file_log.hpp: the first form of the log: one file that only grows, and the index of its entries
// in memory.
// Errors, Threads: as in log_store.hpp.
#pragma once

#include <memory>
#include <vector>

#include "storage/disk.hpp"
#include "storage/disk_writer.hpp"
#include "storage/entry_reader.hpp"
#include "storage/log_store.hpp"
#include "storage/recovery.hpp"

namespace bellwether::storage {

class FileLog final : public LogStore {
 public:
  // `disk` holds a log (format_log).
  static Result<Opened> open(std::unique_ptr<Disk> disk, Events events,
                             const std::function<void(double)>& progress);

  ~FileLog() override { close(); }

  void write(std::vector<replication::NumberedRecord> records) override;
  std::size_t unsynced_bytes() const override { return writer_.unsynced_bytes(); }
  const EntryIndex& index() const override { return index_; }
  void read(Index from, Index end, std::size_t bytes_max, ReadDone done) override;
  void close() override;

 private:
  FileLog(std::unique_ptr<Disk> disk, EntryIndex index, const LogEnd& end, Events events);
  std::uint64_t place(const replication::Record& record, std::uint64_t position);

  std::unique_ptr<Disk> disk_;
  EntryIndex index_;
  DiskWriter writer_;
  EntryReader reader_;
};

}  // namespace bellwether::storage
