#include "storage/checkpoint_keeper.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "state/state_encoding.hpp"
#include "storage/checkpoint_choice.hpp"
#include "storage/log_store.hpp"

namespace bellwether::storage {

CheckpointKeeper::CheckpointKeeper(Folder& folder, LogId log, Background& background, LogMap& map,
                                   bool follows_segments, Start start, std::function<void(Error)> on_failure)
    : folder_(folder),
      log_(log),
      background_(background),
      map_(map),
      follows_segments_(follows_segments),
      on_failure_(std::move(on_failure)),
      due_(start.due),
      all_(std::move(start.there)),
      base_(start.base) {
  std::ranges::sort(all_);
}

void CheckpointKeeper::hand_over(EncodedCheckpoint checkpoint, RecordNumber after, Done done) {
  // A segment that began in between is due at an entry that this one may not cover.
  Index due = due_;
  while (due <= checkpoint.index && !due_.compare_exchange_weak(due, LogStore::no_checkpoint_due)) {
  }
  RecordNumber durable = 0;
  {
    const std::scoped_lock lock(mutex_);
    Waiting waiting{.checkpoint = std::move(checkpoint), .after = after, .done = {}};
    if (waiting_) waiting.done = std::move(waiting_->done);
    if (done) waiting.done.push_back(std::move(done));
    waiting_ = std::move(waiting);
    durable = durable_;
  }
  on_durable(durable);
}

void CheckpointKeeper::on_durable(RecordNumber upto) {
  const std::scoped_lock lock(mutex_);
  durable_ = upto > durable_ ? upto : durable_;
  if (!waiting_ || waiting_->after > durable_) return;
  background_.add([this, waiting = std::make_shared<const Waiting>(*std::exchange(waiting_, std::nullopt))] {
    write(*waiting);
  });
}

void CheckpointKeeper::write(const Waiting& waiting) {
  Result<void> written;
  {
    const std::scoped_lock lock(files_);
    written = write_checkpoint(folder_, log_, waiting.checkpoint);
  }
  if (written) {
    add(waiting.checkpoint.index);
    map_.set_checkpoint(waiting.checkpoint.index);
    remove_surplus();
  } else if (on_failure_) {
    on_failure_(written.error());
  }
  for (const Done& done : waiting.done) done(written);
}

Result<void> CheckpointKeeper::make_base(const replication::SnapshotPtr& base) {
  const std::scoped_lock files(files_);
  bool is_there = false;
  {
    const std::scoped_lock lock(mutex_);
    next_base_ = base->index;
    is_there = std::ranges::binary_search(all_, base->index);
  }
  if (is_there && read_checkpoint(folder_, log_, base->index)) return {};
  if (auto written = write_checkpoint(folder_, log_, BaseCheckpoint{base}); !written) return written;
  add(base->index);
  return {};
}

void CheckpointKeeper::on_base_durable(Index base) {
  background_.add([this, base] {
    if (const auto settled = settle(base)) {
      {
        const std::scoped_lock lock(mutex_);
        base_ = base;
      }
      remove_surplus();
    } else if (on_failure_) {
      on_failure_(settled.error());
    }
  });
}

// One that was written for a base stands for itself once the log has got there. Until the next segment begins nothing else
// tells a start so, and the checkpoints that records before this one name are about to go.
Result<void> CheckpointKeeper::settle(Index base) {
  const std::scoped_lock files(files_);
  auto stored = read_checkpoint(folder_, log_, base);
  if (!stored || !stored->is_for_base) return {};
  return write_checkpoint(folder_, log_,
                          EncodedCheckpoint{.index = base,
                                            .ballots = std::move(stored->checkpoint.ballots),
                                            .state = state::encode(stored->checkpoint.state)});
}

void CheckpointKeeper::remove_surplus() {
  const std::scoped_lock files(files_);
  CheckpointNeeds needs;
  std::vector<Index> newest_first;
  {
    const std::scoped_lock lock(mutex_);
    needs.base = base_;
    needs.next_base = next_base_;
    newest_first.assign(all_.rbegin(), all_.rend());
  }
  if (follows_segments_) {
    for (const SegmentPlace& place : map_.segments()) needs.borders.push_back(place.before);
    std::ranges::sort(needs.borders);
  }
  const auto is_good = [&](Index index) {
    const auto stored = read_checkpoint(folder_, log_, index);
    return stored && (!stored->is_for_base || index <= needs.base);
  };
  for (const Index index : surplus_checkpoints(newest_first, needs, is_good)) {
    const auto removed = folder_.remove(checkpoint_name(index));
    if (!removed && removed.error().code != std::errc::no_such_file_or_directory) {
      if (on_failure_) on_failure_(removed.error());
      return;
    }
    forget(index);
  }
}

void CheckpointKeeper::add(Index index) {
  const std::scoped_lock lock(mutex_);
  const auto at = std::ranges::lower_bound(all_, index);
  if (at == all_.end() || *at != index) all_.insert(at, index);
}

void CheckpointKeeper::forget(Index index) {
  const std::scoped_lock lock(mutex_);
  std::erase(all_, index);
}

std::vector<Index> CheckpointKeeper::all() const {
  const std::scoped_lock lock(mutex_);
  return all_;
}

}  // namespace bellwether::storage
