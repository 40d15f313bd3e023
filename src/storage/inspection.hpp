// storage/inspection.hpp: looks at a log that no node uses, without changing anything: what there is, whether
// every record is whole, and the messages.
// Errors:  a log that cannot be listed or read is told with what could be found out before.
// Threads: one.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "storage/folder.hpp"
#include "storage/recovery.hpp"
#include "storage/segment_list.hpp"

namespace bellwether::storage {

struct CheckpointFound {
  Index index = 0;
  std::string problem;  // empty: it is good
};

struct RepairFound {  // a file of entries that their segment cannot give back
  std::uint64_t segment = 0;
  std::size_t entries = 0;
  std::string problem;  // empty: it is good
};

// What reading every record shows, a line each.
struct Verification {
  std::vector<std::string> problems;
  std::vector<std::string>
      repaired;  // damage that costs nothing: every entry can be read, some from a repair
};

struct Inspection {
  std::vector<ListedSegment> segments;
  std::vector<CheckpointFound> checkpoints;  // the newest first
  std::vector<RepairFound> repairs;          // in the segments' order
  std::optional<LogReading> reading;         // as a start would read it; none: it would refuse
  std::string problem;                       // what damage there is, though a start may go on after it
};

Inspection inspect_log(Folder& folder);

// Reads every record of every segment, every index, every repair and every checkpoint. `progress`: each segment that is
// done.
Verification verify_log(Folder& folder, const Inspection& inspection,
                        const std::function<void(const SegmentHeader&)>& progress);

// Whether a start could read the log and every record of it is whole, or what it held can be read from a repair: a
// start alone looks into its newest segments only. Indexes and checkpoints are made anew when they are not good, so they do not matter here.
// Errors:  the first damage (bad_message), no log (no_such_file_or_directory), or what reading failed with.
Result<void> check_log(Folder& folder);

// The entries that bring messages [from, to) of a log that could be read, in order. False from `visit` ends it.
using VisitEntry = std::function<bool(Offset first_message, const Entry& entry)>;
Result<void> visit_messages(Folder& folder, const LogReading& reading, Offset from, Offset to,
                            const VisitEntry& visit);

}  // namespace bellwether::storage
