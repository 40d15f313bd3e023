// storage/checkpoint_choice.hpp: which checkpoints are kept: the base's own; the two newest that can be read, so
// that a start can do without the newest; and, where the log is dropped from the front on, the first one of each
// segment, for the base to follow (consensus.md K4). Those before the base stand for nothing any more.
// Threads: none, no state.
#pragma once

#include <functional>
#include <vector>

#include "protocol/ids.hpp"

namespace bellwether::storage {

struct CheckpointNeeds {
  Index base = 0;
  Index next_base = 0;         // named by a record that is on its way; 0: none
  std::vector<Index> borders;  // ascending: how many entries the log had when each segment began; or none
};

// Of `all`, the newest first, those that nobody needs. `is_good` is asked for as few as will do.
std::vector<Index> surplus_checkpoints(const std::vector<Index>& all, const CheckpointNeeds& needs,
                                       const std::function<bool(Index)>& is_good);

}  // namespace bellwether::storage
