// storage/checkpoint_keeper.hpp: when a checkpoint is due, when one that was handed over may be written (not before
// every record that was handed over with or before it is durable, so that what it covers is in the log, too), and
// which are kept.
// Threads: any; on_failure, `done` and the writing in the background, but for make_base() on its caller's.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "storage/background.hpp"
#include "storage/checkpoint_file.hpp"
#include "storage/log_map.hpp"

namespace bellwether::storage {

class CheckpointKeeper {
 public:
  using Done = std::function<void(Result<void>)>;

  struct Start {
    Index due = 0;             // a new one is wanted from there on
    std::vector<Index> there;  // in any order
    Index base = 0;
  };

  // `follows_segments`: one is kept for each segment.
  CheckpointKeeper(Folder& folder, LogId log, Background& background, LogMap& map, bool follows_segments,
                   Start start, std::function<void(Error)> on_failure);

  Index due() const { return due_; }
  void on_segment_begun(Index last) { due_ = last; }  // with so many entries before it

  // To be written when record `after` is durable; replaces one that still waits, which it covers.
  void hand_over(EncodedCheckpoint checkpoint, RecordNumber after, Done done);
  void on_durable(RecordNumber upto);

  // The state behind a base that a record is about to name is on the disk when it returns, and stays.
  Result<void> make_base(const replication::SnapshotPtr& base);
  void on_base_durable(Index base);  // that record is: those before it go

  std::vector<Index> all() const;  // that are on the disk, ascending
  void forget(Index index);        // it cannot be read

 private:
  struct Waiting {
    EncodedCheckpoint checkpoint;
    RecordNumber after = 0;
    std::vector<Done> done;
  };

  void write(const Waiting& waiting);
  Result<void> settle(Index base);
  void remove_surplus();
  void add(Index index);

  Folder& folder_;
  const LogId log_;
  Background& background_;
  LogMap& map_;
  const bool follows_segments_;
  const std::function<void(Error)> on_failure_;
  std::atomic<Index> due_;

  std::mutex files_;  // held while files come and go: none goes that make_base() found; taken before mutex_

  mutable std::mutex mutex_;  // guards the following
  std::optional<Waiting> waiting_;
  RecordNumber durable_ = 0;
  std::vector<Index> all_;
  Index base_ = 0;
  Index next_base_ = 0;
};

}  // namespace bellwether::storage
