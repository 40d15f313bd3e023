// storage/segment_indexes.hpp: the indexes of the segments that are full, for the reader thread: those used
// last in memory, any other read anew out of its segment.
// Bounds:  kept_max indexes, some 32 KiB each.
// Errors:  a segment that cannot be read, or has a record in it that is broken.
// Threads: one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>

#include "base/result.hpp"
#include "storage/log_map.hpp"
#include "storage/segment_files.hpp"
#include "storage/segment_index.hpp"

namespace bellwether::storage {

class SegmentIndexes {
 public:
  static constexpr std::size_t kept_max = 64;

  explicit SegmentIndexes(SegmentFiles& files) : files_(files) {}

  // The reference lives until the next call.
  Result<const SegmentIndex*> of(const SegmentPlace& place);

 private:
  struct Kept {
    std::uint64_t number;
    SegmentIndex index;
  };

  Result<SegmentIndex> rebuild(const SegmentPlace& place);

  SegmentFiles& files_;
  std::list<Kept> kept_;  // the one used last first
};

}  // namespace bellwether::storage
