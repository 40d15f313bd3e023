// Records to store, the story that the log's owner is told, and what a recovered log looks like in one line.
#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "memory_folder.hpp"
#include "storage/log_format.hpp"
#include "storage/recovery.hpp"
#include "storage/segmented_log.hpp"

namespace bellwether::storage::test {

constexpr FileId sample_file{0x1122334455667788};
constexpr SegmentHeader sample_segment{
    .log = LogId{7}, .number = 3, .file = sample_file, .start = 8192, .bytes = 4096};

constexpr std::uint64_t sample_time_ms = 1'700'000'000'000;
// An entry that brings this one message.
EntryPtr batch(Index index, std::string_view message, std::uint64_t time_ms = sample_time_ms);
EntryPtr noop(Index index);
replication::Record promise(std::uint64_t round);
replication::Record append(Index first, std::vector<EntryPtr> entries);

// Gives numbers to records, in order, as the core does.
class Numbering {
 public:
  std::vector<replication::NumberedRecord> number(std::vector<replication::Record> records);

 private:
  RecordNumber last_ = 0;
};

// Everything that a recovered state says, as text.
std::string summary(const replication::StableState& state);

// summary() after each prefix of the records, an append counted entry by entry: [0] is the empty log.
std::vector<std::string> prefix_summaries(const std::vector<replication::Record>& records);

// Hears what the log's threads report.
class Listener {
 public:
  LogStore::Events events();

  bool wait_for_durable(RecordNumber number);             // false: not within 10 seconds
  bool wait_for_durable_or_failure(RecordNumber number);  // whether it is durable
  bool wait_for_failure();
  bool wait_for_side_failure();
  bool wait_for_room_missing();
  bool wait_for_slow_sync();
  RecordNumber durable() const;
  int failures() const;
  std::string failure() const;       // what the last one said
  std::string side_failure() const;  // likewise
  std::string room_missing() const;  // likewise

 private:
  template <typename Condition>
  bool wait_for(Condition condition);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  RecordNumber durable_ = 0;
  int failures_ = 0;
  std::string failure_;
  std::string side_failure_;
  std::string room_missing_;
  std::chrono::nanoseconds longest_sync_{0};
};

using memory::Image;
using memory::MemoryFolder;

constexpr std::uint64_t small_segment_bytes = 4096;  // so that every bit of a log can be tried

// Nobody listens.
Result<LogStore::Opened> open(MemoryFolder& folder, std::uint64_t segment_bytes = small_segment_bytes);
Result<LogStore::Opened> open(MemoryFolder& folder, Listener& listener,
                              std::uint64_t segment_bytes = small_segment_bytes);
Result<LogReading> read(const Image& image);  // as recovery does; nothing is changed
// A log of these batches, each synced; closed in order.
Image image_of(const std::vector<std::vector<replication::Record>>& batches,
               std::uint64_t segment_bytes = small_segment_bytes);
memory::Contents& segment(Image& image, std::uint64_t number);
std::size_t segments_in(const Image& image);

EncodedCheckpoint checkpoint_of(const replication::StableState& state);       // of what is decided
replication::SnapshotPtr snapshot_of(const replication::StableState& state);  // likewise
Image with_checkpoint(const Image& image);  // at its end, so that a start reads the newest segment alone

// The segment that is made ahead; false: not there within 10 seconds.
bool wait_for_segment(const MemoryFolder& folder, std::uint64_t number);

Result<std::vector<EntryPtr>> read(LogStore& store, Index from, Index end, std::size_t bytes_max = 1'000'000);
Result<EntriesFrom> read_messages(LogStore& store, Offset from, Index end, std::size_t bytes_max = 1'000'000);

// A directory that is gone when the test is over.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace bellwether::storage::test
