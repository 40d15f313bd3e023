// storage/entry_reader.hpp: the reader thread: reads entries back from the segments, never behind a sync or an
// append.
// Errors:  an entry that cannot be read or fails its check goes to `done` of that read alone; what a repair file holds
//          instead counts as read. Where else there are whole entries in the same segment they are found.
// Threads: stop() from one thread, the others from any; `done` runs on the reader thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "storage/log_map.hpp"
#include "storage/log_store.hpp"
#include "storage/record_reader.hpp"
#include "storage/segment_files.hpp"
#include "storage/segment_indexes.hpp"
#include "storage/segment_repairs.hpp"

namespace bellwether::storage {

class EntryReader {
 public:
  using OnDamage = std::function<void(const Damage&)>;

  EntryReader(Folder& folder, const LogMap& map, SegmentIndexes::OnRebuilt on_rebuilt,
              OnDamage on_damage = {})
      : map_(map),
        on_damage_(std::move(on_damage)),
        files_(folder),
        indexes_(folder, files_, std::move(on_rebuilt)),
        repairs_(folder, map),
        thread_([this] { run(); }) {}
  ~EntryReader() { stop(); }
  EntryReader(const EntryReader&) = delete;
  EntryReader& operator=(const EntryReader&) = delete;

  void read(Index from, Index end, std::size_t bytes_max, LogStore::ReadDone done);
  void read_messages(Offset from, Index end, std::size_t bytes_max, LogStore::MessagesDone done);
  void forget_before(std::uint64_t segment);     // their files are going
  void forget_repairs() { repairs_.forget(); }   // on its thread: there is a new one
  void run_soon(std::function<void()> request);  // something else that is to be read
  void stop();                                   // drops the requests that wait; their `done` is not called

 private:
  struct Place {  // of an entry
    Index index = 0;
    Offset offset = 0;
  };
  // Entries that follow one another in one segment.
  struct Run {
    SegmentPlace place;
    IndexPoint point;
    Index end = 0;
    replication::BallotRuns ballots;
  };
  // False: enough.
  using Visit = std::function<bool(const Place& place, const EntryPtr& entry)>;

  void run();
  Result<std::vector<EntryPtr>> collect(Index from, Index end, std::size_t bytes_max);
  Result<Place> find(Offset offset, Index end);
  Error explained(Error error, bool is_dropped);
  Result<Run> run_holding(Index index);
  Result<Run> run_bringing(Offset offset);
  // What cannot be read before `needed` is passed over; offsets are of no use from there on.
  Result<void> visit(const Run& run, Index needed, const Visit& visit);
  // The next entry of the log that can be read; none: up to the end of the segment there is none.
  Result<std::optional<StoredRecord>> next_entry(RecordReader& records,
                                                 const replication::BallotRuns& ballots);
  tl::unexpected<Error> damaged(const SegmentHeader& segment, Index first, Index last);

  const LogMap& map_;
  const OnDamage on_damage_;
  SegmentFiles files_;
  SegmentIndexes indexes_;
  SegmentRepairs repairs_;
  std::uint64_t broken_at_ = 0;  // in the log, where the read has met no record; 0: nowhere
  Damage met_;                   // by the read that has failed with LogError::damaged

  std::mutex mutex_;  // guards the following
  std::condition_variable changed_;
  std::deque<std::function<void()>> queue_;
  bool stopping_ = false;

  std::thread thread_;  // last: it starts when everything else is there
};

}  // namespace bellwether::storage
