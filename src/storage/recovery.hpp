// storage/recovery.hpp: reads a log file at start: replays its records, and decides what the first place is
// that holds no valid record: the end of the log, an unfinished last write, or damage.
//
// A crash may leave any part of what was not synced yet, in any order of blocks. Each record says up to
// where the file was durable when it was written (synced_to). So a bad place p is damage if a valid record
// anywhere behind it has synced_to > p, for then p had been on the disk; otherwise it belongs to the last,
// never acknowledged write.
// Errors:  damage (bad_message), a log that contradicts itself, a file that cannot be read.
// Threads: one.
#pragma once

#include <cstdint>
#include <functional>

#include "base/result.hpp"
#include "replication/stable_state.hpp"
#include "storage/disk.hpp"
#include "storage/entry_index.hpp"
#include "storage/log_format.hpp"
#include "storage/log_store.hpp"

namespace bellwether::storage {

// Where the next record goes.
struct LogEnd {
  FileId file{};
  std::uint64_t position = 0;  // everything before it is durable
  std::uint64_t told_to = 0;   // up to here the records in the file themselves tell that it was durable
};

struct Recovered {
  replication::StableState state;
  EntryIndex index;
  LogEnd end;
  RecoveryReport report;
};

Result<void> format_log(Disk& disk, FileId id);  // makes the empty file an empty log, durably

// Cuts a torn end off, and syncs: what it returns is durable.
Result<Recovered> recover_log(Disk& disk, const std::function<void(double)>& progress);

}  // namespace bellwether::storage
