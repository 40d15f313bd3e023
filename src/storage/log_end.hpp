// storage/log_end.hpp: looks at what is in a segment behind its last good record.
// Threads: one.
#pragma once

#include <cstdint>

#include "base/result.hpp"
#include "storage/disk.hpp"
#include "storage/segment_format.hpp"

namespace bellwether::storage {

// Positions in the log.
struct Rest {
  std::uint64_t end_of_garbage = 0;      // behind the last byte that is not zero; 0: only zeros
  std::uint64_t greatest_synced_to = 0;  // of the valid records in it
};

Result<Rest> examine_rest(Disk& disk, const SegmentHeader& segment, std::uint64_t from);

}  // namespace bellwether::storage
