// storage/recovery.hpp: reads a log at start: replays its records, and decides what the first place is
// that holds no valid record: the end of the log, an unfinished last write, or damage.
//
// A crash may leave any part of what was not synced yet, in any order of blocks. Each record says up to
// where the log was durable when it was written (synced_to). So a bad place p is damage if a valid record
// anywhere behind it has synced_to > p, for then p had been on the disk; otherwise it belongs to the last,
// never acknowledged write. A segment is begun only when the one before it is durable: what is broken in any
// but the newest one is damage.
//
// It begins at the newest checkpoint that can be read (K4): with the newest segment that began with no more
// entries than that one covers. Segments before it are not looked into. Where entries are dropped from the front on
// (K1) the log begins with the oldest segment that the base needs: any before it may be there or not, as their
// removal may have been cut short.
//
// A start may go on after damage (S6) where no promise can have been lost. Of an append whose record is whole and whose
// entry's body is not, index and ballot are certain, so nothing else stood there; and whatever was in a segment that a
// later one followed, that one's opening repeats what was promised. What a checkpoint covers is passed over. Otherwise
// the entries before the damage are kept, what is behind them is only watched, for promises and for the greatest
// end that the log had, and the rest is a plan (salvage.hpp). A log at any of its past moments, with all that was
// promised since and that end as `lost`, is safe to go on with.
// Errors:  damage (bad_message), a log that contradicts itself, a file that cannot be read.
// Threads: one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "replication/stable_state.hpp"
#include "storage/folder.hpp"
#include "storage/log_map.hpp"
#include "storage/log_store.hpp"
#include "storage/salvage.hpp"
#include "storage/segment_list.hpp"

namespace bellwether::storage {

// What is there; nothing was changed.
struct LogReading {
  replication::StableState state;
  std::unique_ptr<LogMap> map = std::make_unique<LogMap>();
  SegmentHeader segment;              // which the log goes on in
  std::uint64_t position = 0;         // where its next record goes
  std::uint64_t told_to = 0;          // up to here the records themselves tell that it was durable
  std::uint64_t torn_end = 0;         // behind the last byte that is not zero, if that is behind `position`
  std::optional<Opening> opening;     // the segment is empty and has to begin with that
  std::optional<SegmentHeader> full;  // the segment is empty: the one before it, which was written last
  std::optional<SegmentHeader> spare;
  std::optional<BaseMark> chosen_base;  // the log does not say so yet: its own base cannot be read
  Index checkpoint = 0;                 // that it began at; 0: at the front of the log
  std::vector<Index> checkpoints;       // that are there, readable or not, the newest first
  Index checkpoint_due = 0;             // a new one is worth writing from there on
  std::optional<Salvage> salvage;       // entries are lost: to be carried out, then the log is read again
  RecoveryReport report;
};

enum class OnDamage { refuse, go_on };

// `segments`: as listed, at least one.
Result<LogReading> read_log(Folder& folder, const std::vector<ListedSegment>& segments,
                            const std::function<void(double)>& progress,
                            OnDamage on_damage = OnDamage::refuse);

// Cuts a torn end off, and syncs: what was read is durable then. `disk`: of the segment that the log goes on in.
Result<void> settle_end(Folder& folder, Disk& disk, const LogReading& reading);

// Writes a base that was chosen at this start into the log, durably: before anything is dropped for it.
Result<void> settle_base(Disk& disk, LogReading& reading);

}  // namespace bellwether::storage
