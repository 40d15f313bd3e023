#include "storage/file_log.hpp"

#include <utility>
#include <variant>

#include "base/assert.hpp"
#include "storage/batch_encoder.hpp"

namespace bellwether::storage {

Result<LogStore::Opened> FileLog::open(std::unique_ptr<Disk> disk, Events events,
                                       const std::function<void(double)>& progress) {
  auto recovered = recover_log(*disk, progress);
  if (!recovered) return tl::unexpected(std::move(recovered.error()));
  auto& [state, index, end, report] = *recovered;
  std::unique_ptr<LogStore> store(new FileLog(std::move(disk), std::move(index), end, std::move(events)));
  return Opened{std::move(store), std::move(state), report};
}

FileLog::FileLog(std::unique_ptr<Disk> disk, EntryIndex index, const LogEnd& end, Events events)
    : disk_(std::move(disk)),
      index_(std::move(index)),
      writer_(*disk_, end, std::move(events)),
      reader_(*disk_) {}

void FileLog::write(std::vector<replication::NumberedRecord> records) {
  if (records.empty()) return;
  const auto shared = std::make_shared<const std::vector<replication::NumberedRecord>>(std::move(records));
  std::uint64_t position = writer_.hand_over(shared);
  for (const auto& [number, record] : *shared) position = place(record, position);
}

// Keeps the index in step; returns where the next record goes.
std::uint64_t FileLog::place(const replication::Record& record, std::uint64_t position) {
  const std::uint64_t next = position + stored_bytes(record);
  if (const auto* append = std::get_if<replication::AppendRecord>(&record)) {
    BELLWETHER_ASSERT(append->first == index_.last() + 1);
    for (const EntryPtr& entry : append->entries) {
      position += record_header_bytes + index_bytes;
      index_.append(position, static_cast<std::uint32_t>(entry->encoded_bytes), entry->message_count());
      position += entry->encoded_bytes;
    }
  } else if (const auto* truncate = std::get_if<replication::TruncateRecord>(&record)) {
    index_.truncate(truncate->from);
  }
  return next;
}

void FileLog::read(Index from, Index end, std::size_t bytes_max, ReadDone done) {
  BELLWETHER_ASSERT(from < end);
  BELLWETHER_ASSERT(end <= index_.last() + 1);
  std::vector<EntryLocation> locations;
  std::size_t bytes = 0;
  for (Index index = from; index < end; ++index) {
    const EntryLocation& location = index_.at(index);
    bytes += location.bytes;
    if (!locations.empty() && bytes > bytes_max) break;
    BELLWETHER_ASSERT(writer_.is_durable(location.position + location.bytes));
    locations.push_back(location);
  }
  reader_.read({.first = from, .locations = std::move(locations), .done = std::move(done)});
}

void FileLog::close() {
  writer_.stop();
  reader_.stop();
}

}  // namespace bellwether::storage
