// storage/checkpoint_file.hpp: checkpoints as files beside the segments, named for the index that they reach up to.
// Two are kept: if the newest cannot be read, the other one is used, and the log is read from there on.
//
// Format, little-endian:
//    0  "BELLWCKP"   8  u32 version   12  u32 runs   16  u64 log id   24  u64 index   32  u64 bytes of the state
//   40  u64 reserved (0)   48  u64 reserved (0)   56  u64 sum: XXH3-64, seed 0, of all else
//   64  the ballots' runs, 32 bytes each: u64 first index, u64 round, u64 node id, u32 priority, u32 0
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
#include "storage/folder.hpp"
#include "storage/segment_format.hpp"

namespace bellwether::storage {

// A checkpoint on its way to the disk: the state is encoded where it lives, the rest is done elsewhere.
struct EncodedCheckpoint {
  Index index = 0;
  replication::BallotRuns ballots;  // of entries 1 .. index
  std::string state;
};

std::string checkpoint_name(Index index);

std::vector<std::byte> encode_checkpoint(LogId log, const EncodedCheckpoint& checkpoint);
Result<replication::Checkpoint> decode_checkpoint(LogId log, Index index, std::span<const std::byte> bytes);

// Durable when it returns; only the two newest are left then.
Result<void> write_checkpoint(Folder& folder, LogId log, const EncodedCheckpoint& checkpoint);

Result<std::vector<Index>> list_checkpoints(Folder& folder);  // the newest first
Result<replication::Checkpoint> read_checkpoint(Folder& folder, LogId log, Index index);

}  // namespace bellwether::storage
