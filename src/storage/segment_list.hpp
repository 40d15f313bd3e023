// storage/segment_list.hpp: the segments of a log as their headers and first records tell: whether all are
// there and belong together, and where each one's entries are. It reads no more of them than that.
// Errors:  a segment that is cut short, of another log or another version; one whose header is
//          broken.
// Threads: one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "storage/folder.hpp"
#include "storage/log_map.hpp"
#include "storage/segment_format.hpp"

namespace bellwether::storage {

struct ListedSegment {
  SegmentHeader header;
  std::optional<Opening> opening;  // none: nothing was written yet, or it is broken
};

// In order, without a gap, up to the newest. Empty: there is no log. Whether the oldest one is as old as it has to
// be the records say: those before it may have been removed.
Result<std::vector<ListedSegment>> list_segments(Folder& folder);

Result<bool> has_segments(Folder& folder);  // without reading any

// What those before `upto` hold, from their successors' openings. Each of [0, upto] has an opening.
std::vector<SegmentPlace> places_of(const std::vector<ListedSegment>& segments, std::size_t upto);

tl::unexpected<Error> damaged_log(const std::string& where, const std::string& what);

}  // namespace bellwether::storage
