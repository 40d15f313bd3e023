#include "storage/checkpoint_keeper.hpp"

#include <memory>
#include <utility>

#include "storage/log_store.hpp"

namespace bellwether::storage {

CheckpointKeeper::CheckpointKeeper(Folder& folder, LogId log, Housekeeper& housekeeper, LogMap& map,
                                   Index due, std::function<void(Error)> on_failure)
    : folder_(folder),
      log_(log),
      housekeeper_(housekeeper),
      map_(map),
      on_failure_(std::move(on_failure)),
      due_(due) {}

void CheckpointKeeper::hand_over(EncodedCheckpoint checkpoint, RecordNumber after) {
  // A segment that began in between is due at an entry that this one may not cover.
  Index due = due_;
  while (due <= checkpoint.index && !due_.compare_exchange_weak(due, LogStore::no_checkpoint_due)) {
  }
  RecordNumber durable = 0;
  {
    const std::scoped_lock lock(mutex_);
    waiting_ = Waiting{std::move(checkpoint), after};
    durable = durable_;
  }
  on_durable(durable);
}

void CheckpointKeeper::on_durable(RecordNumber upto) {
  const std::scoped_lock lock(mutex_);
  durable_ = upto > durable_ ? upto : durable_;
  if (!waiting_ || waiting_->after > durable_) return;
  housekeeper_.add([this, checkpoint = std::make_shared<const EncodedCheckpoint>(
                              std::move(waiting_->checkpoint))] { write(*checkpoint); });
  waiting_.reset();
}

void CheckpointKeeper::write(const EncodedCheckpoint& checkpoint) {
  auto written = write_checkpoint(folder_, log_, checkpoint);
  if (written) return map_.set_checkpoint(checkpoint.index);
  if (on_failure_) on_failure_(std::move(written.error()));
}

}  // namespace bellwether::storage
