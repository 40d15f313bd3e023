// storage/checkpoint_file.hpp: checkpoints as files beside the segments, named for the index that they reach up to.
// The newest one that can be read is where a start begins; one that a base needs is the state behind that base
// (checkpoint_choice.hpp says which are kept).
//
// Format, little-endian:
//    0  "BELLWCKP"   8  u32 version   12  u32 runs   16  u64 log id   24  u64 index   32  u64 bytes of the state
//   40  u64 1: for a base, else 0   48  u64 reserved (0)   56  u64 sum: XXH3-64, seed 0, of all else
//   64  the ballots' runs, 32 bytes each: u64 first index, u64 round, u64 node id, u32 priority, u32 0
//       (version 2: the first one is the base's own, with its index; version 1 has no base)
//       the state (state/state_encoding.hpp), up to the end of the file
// Errors:  a file that cannot be written; one that is not as it was written.
// Threads: none of its own.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "replication/checkpoint.hpp"
#include "replication/snapshot.hpp"
#include "storage/folder.hpp"
#include "storage/segment_format.hpp"

namespace bellwether::storage {

// A checkpoint on its way to the disk: the state is encoded where it lives, the rest is done elsewhere.
struct EncodedCheckpoint {
  Index index = 0;
  replication::BallotRuns ballots;  // of the retained entries up to index
  std::string state;
};

// Written for a base before the record that names it (S2). Whether that record got there the log says: until then
// the file stands for nothing.
struct BaseCheckpoint {
  replication::SnapshotPtr base;
};

struct StoredCheckpoint {
  replication::Checkpoint checkpoint;
  bool is_for_base = false;
};

std::string checkpoint_name(Index index);

std::vector<std::byte> encode_checkpoint(LogId log, const EncodedCheckpoint& checkpoint);
std::vector<std::byte> encode_checkpoint(LogId log, const BaseCheckpoint& checkpoint);
Result<StoredCheckpoint> decode_checkpoint(LogId log, Index index, std::span<const std::byte> bytes);

// Durable when they return.
Result<void> write_checkpoint(Folder& folder, LogId log, const EncodedCheckpoint& checkpoint);
Result<void> write_checkpoint(Folder& folder, LogId log, const BaseCheckpoint& checkpoint);

Result<std::vector<Index>> list_checkpoints(Folder& folder);  // the newest first
Result<StoredCheckpoint> read_checkpoint(Folder& folder, LogId log, Index index);
Result<replication::SnapshotPtr> read_snapshot(Folder& folder, LogId log, Index index);  // of the same file

}  // namespace bellwether::storage
