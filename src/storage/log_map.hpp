// storage/log_map.hpp: which segment holds which entries, and what the log says at its end. Whoever writes or
// replays a record tells it; the reader thread asks it where to look.
// Bounds:  about a hundred bytes for each segment of the log, and the index of the newest one.
// Threads: any.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "replication/record.hpp"
#include "storage/log_tail.hpp"
#include "storage/retention.hpp"
#include "storage/segment_format.hpp"
#include "storage/segment_index.hpp"

namespace bellwether::storage {

// One segment, and the entries that are to be read from it: [first.index, live_end), if that is not empty.
struct SegmentPlace {
  SegmentHeader header;
  std::uint64_t end = 0;  // behind its last record; of the newest segment: behind what is durable
  EntryMark first;        // the least entry that it appended or dropped
  Index live_end = 0;     // later segments hold what comes from here on, or dropped it
  Index before = 0;       // how many entries the log had when it began

  bool is_live() const { return first.index < live_end; }
};

class LogMap {
 public:
  // Before anything else. `segments`: those before the one that begins with `opening`, in order.
  void begin(std::vector<SegmentPlace> segments, const Opening& opening, replication::BallotRuns ballots);

  // ---- what happens to the log, in its order
  Opening open_segment(const SegmentHeader& header);  // the first record of this one is to say that
  void append(Index index, const Entry& entry, std::uint64_t position);
  // Behind an entry that cannot be read nobody knows which messages come, until place_next() says so: what is
  // appended in between is found by nobody.
  void append_unreadable(Index index, const Entry& entry, std::uint64_t position);
  void append_unplaced(Index index, const Entry& entry);
  void place_next(Offset offset);
  Offset truncate(Index from);  // returns the offset of the next message from then on
  void truncate(Index from, Offset next_offset);
  void compact(const BaseMark& base);             // entries up to it are dropped
  void install(const BaseMark& base);             // the log is that, and nothing else
  void apply(const replication::Record& record);  // the other kinds
  SegmentPlace end_segment(std::uint64_t end);    // the newest one has its last record
  void set_durable(std::uint64_t end);            // everything before is on the disk
  void set_decided(Index decided);                // more than the records say
  void set_checkpoint(Index index);               // there is one now
  // Segments that hold nothing behind this base are not asked for any more. The number of the oldest one left.
  std::uint64_t forget_before(Index base);

  // ---- questions
  std::vector<SegmentPlace> segments() const;
  Index last() const;
  BaseMark base() const;
  std::uint64_t position_behind(Index index) const;  // of the entries behind it, or somewhat further on
  // Of these checkpoints, ascending, the newest one that may be the base by `retention`: at least one whole
  // segment holds nothing behind it. 0: none.
  Index base_to_choose(const std::vector<Index>& checkpoints, const Retention& retention,
                       std::uint64_t now_ms) const;
  Offset next_offset() const;
  replication::BallotRuns ballots() const;  // as far back as they are known
  // The segment that holds it; none: it was never there, or is not any more.
  struct Found {
    SegmentPlace place;
    std::optional<IndexRun> run;      // of the newest segment only: the others' indexes are on the disk
    replication::BallotRuns ballots;  // of the log that it belongs to
  };
  std::optional<Found> holding(Index index) const;
  std::optional<Found> bringing(Offset offset) const;
  SegmentIndex newest_index() const;

 private:
  void note_time(const Entry& entry);
  void drop_from(Index from, Offset next_offset);
  LogPlace place_behind(Index index) const;
  std::size_t oldest_needed(Index base) const;
  bool is_newest(const SegmentPlace& place) const { return &place == &segments_.back(); }
  SegmentPlace as_seen(const SegmentPlace& place) const;

  mutable std::mutex mutex_;  // guards everything
  LogTail tail_;
  std::vector<SegmentPlace> segments_;
  SegmentIndex newest_;
  std::uint64_t last_time_ms_ = 0;  // the latest of all entries' times so far
  Index checkpoint_ = 0;
  BaseMark base_;
  std::uint64_t durable_ = 0;
  bool has_first_ = false;  // the newest segment has appended or dropped something
};

}  // namespace bellwether::storage
