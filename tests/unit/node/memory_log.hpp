// tests/unit/node/memory_log.hpp: a log store without a disk: what is written is durable when the test says
// so, and reads wait until the test lets them through.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "storage/log_store.hpp"

namespace bellwether::node::test {

class MemoryLog : public storage::LogStore {
 public:
  void write(std::vector<replication::NumberedRecord> records) override {
    for (auto& [number, record] : records) {
      written = number;
      if (const auto* appended = std::get_if<replication::AppendRecord>(&record)) {
        for (const auto& entry : appended->entries) append(entry);
      }
    }
  }
  void append(const EntryPtr& entry) { entries.push_back(entry); }
  std::size_t unsynced_bytes() const override { return 0; }
  replication::Room room(std::uint64_t) const override { return room_left; }
  bool fits(std::uint64_t) const override { return is_sure; }
  void read(Index from, Index end, std::size_t bytes_max, ReadDone done) override {
    reads.push_back([done = std::move(done), found = entries_of(from, end, bytes_max)] { done(found); });
  }
  void read_messages(Offset from, Index end, std::size_t bytes_max, MessagesDone done) override {
    if (drops_reads) {
      reads.push_back(
          [done = std::move(done)] { done(failure(storage::LogError::dropped, "it was dropped")); });
      return;
    }
    if (is_damaged) {
      reads.push_back([this, done = std::move(done)] {
        ++damaged_reads;
        done(failure(storage::LogError::damaged, "it is damaged"));
      });
      return;
    }
    storage::EntriesFrom found{.first = 1, .offset = 0, .entries = {}};
    while (found.offset + entries.at(found.first - 1)->message_count() <= from) {
      found.offset += entries.at(found.first++ - 1)->message_count();
    }
    found.entries = entries_of(found.first, end, bytes_max);
    reads.push_back([done = std::move(done), found = std::move(found)] { done(found); });
  }
  void write_repair(std::vector<replication::RepairedEntry> repaired, RepairDone done) override {
    for (auto& one : repaired) repairs.push_back(std::move(one));
    repairs_done.push_back(std::move(done));
  }
  Index checkpoint_due() const override { return due; }
  void write_checkpoint(storage::EncodedCheckpoint checkpoint, CheckpointDone done) override {
    due = no_checkpoint_due;
    checkpoints.push_back(std::move(checkpoint));
    if (done) checkpoints_done.push_back(std::move(done));
  }
  std::uint64_t position_behind(Index index) const override { return index; }
  storage::BaseMark base() const override { return the_base; }
  Index base_due(std::uint64_t) const override { return 0; }
  void read_snapshot(Index, SnapshotDone) override {}
  void close() override {}

  void let_reads_through() {
    for (const auto& read : std::exchange(reads, {})) read();
  }

  replication::Room room_left = replication::Room::enough;
  bool is_sure = true;
  RecordNumber written = 0;
  std::vector<EntryPtr> entries;
  std::vector<std::function<void()>> reads;
  Index due = no_checkpoint_due;
  std::vector<storage::EncodedCheckpoint> checkpoints;
  std::vector<CheckpointDone> checkpoints_done;
  storage::BaseMark the_base;
  bool drops_reads = false;
  bool is_damaged = false;
  int damaged_reads = 0;
  std::vector<replication::RepairedEntry> repairs;
  std::vector<RepairDone> repairs_done;

 private:
  std::vector<EntryPtr> entries_of(Index from, Index end, std::size_t bytes_max) const {
    std::vector<EntryPtr> found;
    std::size_t bytes = 0;
    for (Index i = from; i < end; ++i) {
      const auto& entry = entries.at(i - 1);
      bytes += entry->encoded_bytes;
      if (!found.empty() && bytes > bytes_max) break;
      found.push_back(entry);
    }
    return found;
  }
};

}  // namespace bellwether::node::test
