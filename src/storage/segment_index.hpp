// storage/segment_index.hpp: where in one segment its entries are: a point now and then, from which the
// entries follow one another in the file up to the next point. An entry behind a truncation always gets a
// point, so that what was truncated is never met on the way.
// Bounds:  a point for each spacing_bytes of the segment and for each truncation: some 1,000, 32 bytes each.
// Threads: none, no lock.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "protocol/ids.hpp"

namespace bellwether::storage {

struct IndexPoint {
  Index index = 0;
  std::uint64_t position = 0;  // of the record that appends it, in the log
  Offset offset = 0;           // of its first message, or of the next message if it brings none
  std::uint64_t time_ms = 0;

  friend bool operator==(const IndexPoint&, const IndexPoint&) = default;
};

// From the point on, entries up to `end` follow one another; no_end: all that are left in the segment.
struct IndexRun {
  IndexPoint point;
  Index end = 0;
};

class SegmentIndex {
 public:
  static constexpr std::uint64_t spacing_bytes = 64 * 1024;
  static constexpr Index no_end = std::numeric_limits<Index>::max();

  SegmentIndex() = default;
  explicit SegmentIndex(std::vector<IndexPoint> points) : points_(std::move(points)) {}

  void append(const IndexPoint& entry);  // every entry of the segment, in order
  void truncate(Index from);
  // The runs are to begin there at the latest: whoever looks for an entry from there on looks behind this point.
  void reach_back_to(const IndexPoint& first);

  // The run in which the entry, or the message, is if it is in this segment; none: it is not.
  std::optional<IndexRun> holding(Index index) const;
  std::optional<IndexRun> bringing(Offset offset) const;

  const std::vector<IndexPoint>& points() const { return points_; }

 private:
  std::optional<IndexRun> run_before(std::vector<IndexPoint>::const_iterator behind) const;

  std::vector<IndexPoint> points_;
  bool truncated_ = false;  // since the last entry
};

}  // namespace bellwether::storage
