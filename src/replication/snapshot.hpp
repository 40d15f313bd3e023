// replication/snapshot.hpp: what stands for the log up to an entry and that entry's own place (consensus.md section
// 2, "base"). Equal on every member: the encoding of the state is canonical.
// Threads: immutable once made; any thread.
#pragma once

#include <memory>

#include "base/bytes.hpp"
#include "protocol/ballot.hpp"
#include "protocol/ids.hpp"
#include "protocol/messages.hpp"

namespace bellwether::replication {

struct Snapshot {
  Index index = 0;  // of the last entry that it stands for; decided
  Ballot ballot;    // of that entry
  Bytes state;      // state::encode of the state behind that entry
};

using SnapshotPtr = std::shared_ptr<const Snapshot>;  // null: nothing was dropped

inline Index index_of(const SnapshotPtr& snapshot) { return snapshot ? snapshot->index : 0; }

inline SnapshotName name_of(const Snapshot& snapshot) {
  return {.index = snapshot.index, .last_ballot = snapshot.ballot, .total = snapshot.state.size()};
}

}  // namespace bellwether::replication
