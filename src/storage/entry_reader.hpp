// storage/entry_reader.hpp: the reader thread: reads entries back from the file, never behind a sync.
// Errors:  an entry that cannot be read or fails its check goes to `done` of that read alone.
// Threads: read() and stop() from one thread; `done` runs on the reader thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "storage/disk.hpp"
#include "storage/entry_index.hpp"
#include "storage/log_store.hpp"

namespace bellwether::storage {

class EntryReader {
 public:
  struct Request {
    Index first = 0;
    std::vector<EntryLocation> locations;  // of the entries from `first` on, ascending in the file
    LogStore::ReadDone done;
  };

  explicit EntryReader(Disk& disk) : disk_(disk), thread_([this] { run(); }) {}
  ~EntryReader() { stop(); }
  EntryReader(const EntryReader&) = delete;
  EntryReader& operator=(const EntryReader&) = delete;

  void read(Request request);
  void stop();  // drops the requests that wait; their `done` is not called

 private:
  void run();
  Result<std::vector<EntryPtr>> perform(const Request& request);

  Disk& disk_;
  std::mutex mutex_;  // guards the following
  std::condition_variable changed_;
  std::deque<Request> queue_;
  bool stopping_ = false;

  std::thread thread_;  // last: it starts when everything else is there
};

}  // namespace bellwether::storage
