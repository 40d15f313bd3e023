// storage/checkpoint_keeper.hpp: when a checkpoint is due, and when one that was handed over may be written:
// not before every record that was handed over with or before it is durable, so that what it covers is in the
// log, too.
// Threads: any; on_failure and the writing on the housekeeper's.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>

#include "storage/checkpoint_file.hpp"
#include "storage/housekeeper.hpp"
#include "storage/log_map.hpp"

namespace bellwether::storage {

class CheckpointKeeper {
 public:
  // `due`: a new one is wanted from there on.
  CheckpointKeeper(Folder& folder, LogId log, Housekeeper& housekeeper, LogMap& map, Index due,
                   std::function<void(Error)> on_failure);

  Index due() const { return due_; }
  void on_segment_begun(Index last) { due_ = last; }  // with so many entries before it

  // To be written when record `after` is durable; replaces one that still waits.
  void hand_over(EncodedCheckpoint checkpoint, RecordNumber after);
  void on_durable(RecordNumber upto);

 private:
  struct Waiting {
    EncodedCheckpoint checkpoint;
    RecordNumber after;
  };

  void write(const EncodedCheckpoint& checkpoint);

  Folder& folder_;
  const LogId log_;
  Housekeeper& housekeeper_;
  LogMap& map_;
  const std::function<void(Error)> on_failure_;
  std::atomic<Index> due_;

  std::mutex mutex_;  // guards the following
  std::optional<Waiting> waiting_;
  RecordNumber durable_ = 0;
};

}  // namespace bellwether::storage
