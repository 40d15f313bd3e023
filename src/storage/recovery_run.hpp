// storage/recovery_run.hpp: one reading of a log (recovery.hpp): recovery.cpp follows its records, recovery_after_damage.cpp
// goes on behind what cannot be read.
// Errors, Threads: as in recovery.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "storage/record_reader.hpp"
#include "storage/recovery.hpp"
#include "storage/unplaced_entries.hpp"

namespace bellwether::storage {

class Recovery {
 public:
  Recovery(Folder& folder, const std::vector<ListedSegment>& segments,
           const std::function<void(double)>& progress, OnDamage on_damage)
      : folder_(folder), segments_(segments), progress_(progress), on_damage_(on_damage) {}

  Result<LogReading> run();

 private:
  // Where the records of a segment end, and whether it says so itself.
  struct SegmentEnd {
    std::uint64_t position = 0;
    bool has_ending = false;
  };

  Result<std::size_t> begin();  // the segment to begin with
  Result<void> begin_at(std::size_t first, std::optional<replication::Checkpoint> checkpoint);
  std::size_t newest_begun() const;
  Index reaches_back_to() const;
  std::optional<replication::Checkpoint> newest_checkpoint(Index base);
  std::optional<replication::Checkpoint> base_covering(Index last);
  bool stands_for_nothing(const std::vector<Index>& checkpoints);
  Result<void> check_front(Index covered, const Opening& first) const;
  replication::SnapshotPtr snapshot_of(const BaseMark& base);
  Result<void> compact(const BaseMark& base);
  Result<void> replay_base(const StoredRecord& stored);
  Result<void> check_ballots() const;
  Result<void> settle_base();
  Result<SegmentEnd> replay_segment(std::size_t at);
  Result<void> begin_segment(const StoredRecord& first);
  Result<void> replay(const StoredRecord& stored);
  Result<void> check_ending(std::size_t at, const StoredRecord& ending);
  void pass(const StoredRecord& stored);
  Result<void> settle(std::size_t at, std::uint64_t position);
  Result<void> check_spare(std::size_t at, std::uint64_t position);
  void report_progress(std::size_t at, std::uint64_t position);

  // ---- after damage
  bool goes_on() const { return on_damage_ == OnDamage::go_on; }
  bool is_followed(std::size_t at) const { return at < newest_begun(); }
  Result<bool> pass_unreadable(std::size_t at, Disk& disk, RecordReader& records);
  Result<bool> was_stored(const SegmentHeader& newest, Disk& disk, std::uint64_t position);
  Result<void> replay_unreadable(const UnreadableEntry& unreadable);
  void append(Index index, const Entry& entry, std::uint64_t position);
  void place_up_to(Index index, const Entry& entry);
  Result<std::size_t> go_on_behind(std::size_t at, std::uint64_t position);
  Result<void> adopt(std::size_t newest);
  Result<void> stop_taking_entries();
  Result<void> watch(const StoredRecord& stored);
  replication::Checkpoint decided_so_far() const;
  Result<void> plan_salvage(std::size_t at);
  Opening opening_behind(std::size_t at) const;
  void tell_damage();
  std::string place(const SegmentHeader& segment, std::uint64_t position) const;

  tl::unexpected<Error> missing_first() const;
  tl::unexpected<Error> no_checkpoint_for(Index base) const;
  tl::unexpected<Error> damaged(const SegmentHeader& segment, std::uint64_t position,
                                const std::string& what) const;

  Folder& folder_;
  const std::vector<ListedSegment>& segments_;
  const std::function<void(double)>& progress_;
  std::size_t first_ = 0;
  const OnDamage on_damage_;
  std::uint64_t progress_at_ = 0;
  LogReading reading_;
  Opening opening_;  // what the segment that is being read has to begin with

  // After damage. Once entries are lost the state takes no more of them; the map goes on with what was there.
  std::optional<replication::LogEnd> lost_;  // the greatest end that the log had
  UnplacedEntries unplaced_;
  std::optional<std::uint64_t> stored_to_;  // of the newest segment: whatever was before that had been synced
  std::vector<std::string> damage_;
};

}  // namespace bellwether::storage
