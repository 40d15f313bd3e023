// storage/entry_reader.hpp: the reader thread: reads entries back from the segments, never behind a sync or an
// append.
// Errors:  an entry that cannot be read or fails its check goes to `done` of that read alone.
// Threads: stop() from one thread, the others from any; `done` runs on the reader thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "storage/log_map.hpp"
#include "storage/log_store.hpp"
#include "storage/segment_files.hpp"
#include "storage/segment_indexes.hpp"

namespace bellwether::storage {

class EntryReader {
 public:
  EntryReader(Folder& folder, const LogMap& map, SegmentIndexes::OnRebuilt on_rebuilt)
      : map_(map),
        files_(folder),
        indexes_(folder, files_, std::move(on_rebuilt)),
        thread_([this] { run(); }) {}
  ~EntryReader() { stop(); }
  EntryReader(const EntryReader&) = delete;
  EntryReader& operator=(const EntryReader&) = delete;

  void read(Index from, Index end, std::size_t bytes_max, LogStore::ReadDone done);
  void read_messages(Offset from, Index end, std::size_t bytes_max, LogStore::MessagesDone done);
  void forget_before(std::uint64_t segment);     // their files are going
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
  };
  // False: enough.
  using Visit = std::function<bool(const Place& place, const EntryPtr& entry)>;

  void run();
  Result<std::vector<EntryPtr>> collect(Index from, Index end, std::size_t bytes_max);
  Result<Place> find(Offset offset);
  Error explained(Error error, bool is_dropped) const;
  Result<Run> run_holding(Index index);
  Result<Run> run_bringing(Offset offset);
  Result<void> visit(const Run& run, const Visit& visit);

  const LogMap& map_;
  SegmentFiles files_;
  SegmentIndexes indexes_;

  std::mutex mutex_;  // guards the following
  std::condition_variable changed_;
  std::deque<std::function<void()>> queue_;
  bool stopping_ = false;

  std::thread thread_;  // last: it starts when everything else is there
};

}  // namespace bellwether::storage
