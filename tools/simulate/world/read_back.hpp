// simulate/world/read_back.hpp: reads the entries of a log in the real format back, as a node does for who asks for old
// ones, by its own reader.
// Threads: none is left when it returns.
#pragma once

#include <map>
#include <set>

#include "protocol/entry.hpp"
#include "storage/log_files.hpp"

namespace bellwether::simulation {

struct ReadBack {
  std::map<Index, EntryPtr> entries;
  std::set<Index> damaged;  // to be had from others; what the reader cannot tell about is in neither
};

// The entries behind the base, up to `last`.
ReadBack read_back(storage::LogFiles& log, Index last);

}  // namespace bellwether::simulation
