// storage/segment_repairs.hpp: what the segments' repair files hold, for the reader thread. Looked for only where a
// segment is damaged.
// Bounds:  the contents of the one that was used last.
// Threads: one.
#pragma once

#include <cstdint>
#include <optional>

#include "storage/log_map.hpp"
#include "storage/repair_file.hpp"

namespace bellwether::storage {

class SegmentRepairs {
 public:
  SegmentRepairs(Folder& folder, const LogMap& map) : folder_(folder), map_(map) {}

  EntryPtr find(const SegmentHeader& segment, Index index);  // null: it is not there either
  void forget();                                             // there may be more in them now

 private:
  void load(const SegmentHeader& segment);

  Folder& folder_;
  const LogMap& map_;
  std::optional<std::uint64_t> loaded_;  // the number of its segment
  RepairedEntries entries_;
};

}  // namespace bellwether::storage
