// storage/forced_reset.hpp: makes the node of a stopped directory the only member of a new cluster that goes on with its
// log (consensus.md section 13, F1 to F3). It gives up whatever this node does not hold.
//
// The records come first: a promise, the `reset` entry and a hint that it is decided; identity.json, with the new
// cluster's name and key, comes last. A directory whose log has the entry and whose identity is still the old one is
// neither the one nor the other: a node does not start on it, and the same call finishes it, with the name in the entry.
// Before the entry is in the log nothing has changed but a promise that the node has made to itself.
// Errors:  a directory that no node could start on, or that nothing is to be done for; of the file system.
// Threads: one.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "protocol/entry.hpp"
#include "replication/record.hpp"
#include "replication/stable_state.hpp"
#include "state/members.hpp"
#include "storage/data_directory.hpp"

namespace bellwether::storage {

// What is there and what would come of it.
struct Survivor {
  Identity identity;
  ResetCluster reset;       // the entry to be written, or the one that is there
  bool is_begun = false;    // it is there: an earlier attempt was cut short
  state::Members members;   // before it; after it if it is there
  replication::LogEnd end;  // of the log
  Index decided = 0;
  Offset first_offset = 0;    // the messages that are kept: [first_offset, next_offset)
  Offset decided_offset = 0;  // those from there on may be decided or not: they stay
  Offset next_offset = 0;
  std::string damage;  // what a start would go on after, and say
};

// Changes nothing. `cluster`: the name of the new one.
Result<Survivor> examine_survivor(const DataDirectory& directory, const std::string& cluster);

// Durable when it returns. `key`: the new cluster's secret; `now_ms`: the entry's time.
Result<void> force_reset(DataDirectory& directory, const Survivor& survivor, const std::string& key,
                         std::uint64_t now_ms);

// The reset that the log has and the identity does not know of: it was cut short.
std::optional<ResetCluster> unfinished_reset(const replication::StableState& log, const Identity& identity);

}  // namespace bellwether::storage
