// storage/segment_indexes.hpp: the indexes of the segments that are full, for the reader thread: those used
// last in memory, any other read from its file, or made anew out of its segment where that is missing or broken.
// Bounds:  kept_max indexes, some 32 KiB each.
// Errors:  a segment that cannot be read, or has a record in it that is broken.
// Threads: one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <utility>

#include "base/result.hpp"
#include "storage/log_map.hpp"
#include "storage/segment_files.hpp"
#include "storage/segment_index.hpp"

namespace bellwether::storage {

class SegmentIndexes {
 public:
  static constexpr std::size_t kept_max = 64;

  using OnRebuilt = std::function<void(const SegmentHeader& segment, const SegmentIndex& index)>;

  SegmentIndexes(Folder& folder, SegmentFiles& files, OnRebuilt on_rebuilt)
      : folder_(folder), files_(files), on_rebuilt_(std::move(on_rebuilt)) {}

  // The reference lives until the next call.
  Result<const SegmentIndex*> of(const SegmentPlace& place);

 private:
  struct Kept {
    std::uint64_t number;
    SegmentIndex index;
  };

  Result<SegmentIndex> load(const SegmentPlace& place);
  Result<SegmentIndex> rebuild(const SegmentPlace& place);

  Folder& folder_;
  SegmentFiles& files_;
  const OnRebuilt on_rebuilt_;
  std::list<Kept> kept_;  // the one used last first
};

}  // namespace bellwether::storage
