#include "storage/segmented_log.hpp"

#include <utility>

#include "base/assert.hpp"

namespace bellwether::storage {

Result<LogStore::Opened> SegmentedLog::open(std::unique_ptr<Folder> folder, const LogOptions& options,
                                            Events events, const std::function<void(double)>& progress) {
  auto opened = open_log(std::move(folder), options, progress);
  if (!opened) return tl::unexpected(std::move(opened.error()));
  auto state = std::move(opened->state);
  auto report = std::move(opened->report);
  std::unique_ptr<SegmentedLog> store(new SegmentedLog(*std::move(opened), options, events));
  if (report.base > 0) store->files_.drop_before(report.base);  // what the last run had not got to
  return Opened{std::move(store), std::move(state), std::move(report)};
}

SegmentedLog::SegmentedLog(OpenedLog opened, const LogOptions& options, const Events& events)
    : files_(std::move(opened), options, housekeeper_, files_events(events)),
      writer_(files_, events),
      reader_(
          files_.folder(), files_.map(),
          [this](const SegmentHeader& segment, const SegmentIndex& index) {
            files_.keep_index(segment, index);
          },
          events.on_damage) {}

LogFiles::Events SegmentedLog::files_events(const Events& events) {
  return {.log = events,
          .sync = [this](Disk& disk) { return writer_.sync_and_measure(disk); },
          .waits_for_room = [this](const Error& error) { return writer_.waits_for_room(error); },
          .on_forgotten = [this](std::uint64_t oldest) { reader_.forget_before(oldest); }};
}

void SegmentedLog::write(std::vector<replication::NumberedRecord> records) {
  if (records.empty()) return;
  for (const auto& [number, record] : records) {
    if (!is_hint(record)) last_record_ = number;
  }
  writer_.hand_over(std::make_shared<const std::vector<replication::NumberedRecord>>(std::move(records)));
}

void SegmentedLog::write_checkpoint(EncodedCheckpoint checkpoint, CheckpointDone done) {
  files_.checkpoints().hand_over(std::move(checkpoint), last_record_, std::move(done));
}

void SegmentedLog::read_snapshot(Index index, SnapshotDone done) {
  reader_.run_soon([this, index, done = std::move(done)] { done(files_.read_snapshot(index)); });
}

void SegmentedLog::read(Index from, Index end, std::size_t bytes_max, ReadDone done) {
  BELLWETHER_ASSERT(from < end);
  reader_.read(from, end, bytes_max, std::move(done));
}

void SegmentedLog::read_messages(Offset from, Index end, std::size_t bytes_max, MessagesDone done) {
  reader_.read_messages(from, end, bytes_max, std::move(done));
}

void SegmentedLog::write_repair(std::vector<replication::RepairedEntry> entries, RepairDone done) {
  housekeeper_.add([this, entries = std::move(entries), done = std::move(done)] {
    reader_.run_soon([this, done, written = files_.add_to_repairs(entries)] {
      reader_.forget_repairs();
      done(written);
    });
  });
}

void SegmentedLog::close() {
  writer_.stop();
  files_.stop_zeros();
  housekeeper_.stop();
  reader_.stop();
}

}  // namespace bellwether::storage
