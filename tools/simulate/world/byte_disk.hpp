// simulate/world/byte_disk.hpp: one node's disk, byte by byte: its log in the real format, written, trimmed and
// recovered by the storage code of a real node over files in memory. A crash cuts the power, or ends the process
// alone, at any operation on these files, also at those of a recovery.
// Disk beside it is what it is compared with: what may be there, as the records say.
//
// Everything random comes from a generator of its own, the ids of logs and files too.
// Threads: none. What is done in the background is done in between, now or later.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "memory_folder.hpp"
#include "replication/record.hpp"
#include "replication/stable_state.hpp"
#include "storage/log_files.hpp"
#include "storage/record_reader.hpp"
#include "world/disk.hpp"
#include "world/job_queue.hpp"
#include "world/random.hpp"
#include "world/read_back.hpp"

namespace bellwether::simulation {

class ByteDisk {
 public:
  ByteDisk(std::uint64_t seed, std::uint64_t segment_bytes, NodeId self);
  ByteDisk(const ByteDisk&) = delete;
  ByteDisk& operator=(const ByteDisk&) = delete;

  // ---- starts
  Result<void> format(std::vector<replication::Record> records);  // an empty disk: a log that says so
  Result<replication::StableState> open();                        // as a process does that starts
  // What a start would find, or go on with after damage; nothing is changed.
  Result<replication::StableState> look() const;
  // Every entry that the segments still hold, whatever start reads.
  Result<std::map<Index, EntryPtr>> read_entries() const;

  // ---- a process; open() came before
  void hand_over(const std::vector<replication::NumberedRecord>& records);
  Result<void> sync(RecordNumber upto);  // writes and syncs what was handed over, up to there
  void do_all_jobs();                    // of those done in the background
  Index checkpoint_due() const { return log_->checkpoints().due(); }
  void checkpoint(storage::EncodedCheckpoint checkpoint);
  ReadBack read_back(Index last) { return simulation::read_back(*log_, last); }
  void repair(std::vector<replication::RepairedEntry> entries);  // in the background
  // Of the newest checkpoint of an entry up to there; null: none, or it cannot be read.
  replication::SnapshotPtr base_upto(Index limit);

  // ---- faults
  void crash(Crash kind);
  void stop();  // in good order
  // Of a stopped one: changes bytes that were durable, and are known to have been by what is behind them. False: there
  // are none.
  bool flip_bytes();
  void misdirect_next_write();
  void fill_up(bool is_full);
  replication::Room room() const { return log_->gauge().room(0); }

  // Something of it was changed behind its back: a start may refuse it.
  bool is_harmed() const { return is_harmed_; }
  bool is_about_to_be() const { return misdirected_ == Misdirected::soon; }
  // Likewise, and nothing that was written later shows it: a start cannot tell (storage.md, Limits).
  bool is_harmed_at_its_end() const { return is_harmed_ && misdirected_ == Misdirected::unnoticed; }

 private:
  using Records = std::vector<replication::NumberedRecord>;
  enum class Misdirected { no, soon, unnoticed };

  using VisitRecord = std::function<void(const storage::SegmentHeader&, const storage::StoredRecord&)>;
  struct Place {  // in a file
    std::string name;
    std::uint64_t from = 0;
    std::uint64_t end = 0;
  };

  Result<replication::StableState> begin();
  Result<void> visit_records(const VisitRecord& visit) const;
  std::vector<Place> places_of_entries(std::uint64_t before) const;
  bool flip_in_an_entry(storage::memory::Image image, std::uint64_t before);
  Result<void> write_and_sync(Records records);
  Records take(std::size_t count);
  void do_some_jobs();
  void note_misdirected();
  void die_while_writing();
  void die_while_starting();
  void end_process();
  void cut_power();

  Random random_;
  storage::LogOptions options_;
  std::unique_ptr<storage::memory::MemoryFolder> files_;
  JobQueue jobs_;
  std::unique_ptr<storage::LogFiles> log_;  // null: no process
  std::deque<replication::NumberedRecord> queue_;
  bool has_failed_ = false;
  bool is_harmed_ = false;
  Misdirected misdirected_ = Misdirected::no;
  RecordNumber last_record_ = 0;  // that was handed over and asks for a sync
};

}  // namespace bellwether::simulation
