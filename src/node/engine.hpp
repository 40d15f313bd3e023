// node/engine.hpp: makes a running member of the pure core: gives it time, takes its output after each step,
// hands its records to the disk and its messages to the peers, and puts what waits together into one entry.
// Threads: the I/O thread.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "node/entry_attacher.hpp"
#include "node/entry_cache.hpp"
#include "replication/replica.hpp"
#include "storage/log_store.hpp"

namespace bellwether::node {

class Engine {
 public:
  struct Events {
    EntryAttacher::Send send;
    std::function<void(const replication::Snapshot&)> on_installed;  // in the place of all decided before
    std::function<void(const replication::DecidedEntry&)> on_decided;
    std::function<void(const replication::ClientAnswer&)> on_answer;
    std::function<void(const replication::RoleChange&)> on_role_change;
    std::function<void(std::vector<replication::RepairedEntry>)> on_repaired;
    std::function<void(const std::string&)> on_notice;
    std::function<void()> on_step;  // after each step whose output was handed on
  };

  Engine(asio::io_context& io, const replication::Options& options, const replication::StableState& stable,
         storage::LogStore& store, Events events);

  // An input: `engine.begin().on_message(...)`, any number of them, then finish(). Within the events above
  // only begin() is needed: the output of that step is taken when its caller's is handed on.
  replication::Replica& begin();
  void finish() noexcept;  // an exception here would leave the core half served: the process ends

  // Whether entries of so many bytes in the next input are sure to find room, or the core refuses them by itself. False
  // for moments only, while the log makes itself room: they have to wait then.
  bool can_take(std::uint64_t bytes) const;

  // The same for an append of so many bytes; and whether the disks, its own and a majority's, keep up with what a leader
  // holds in memory for them. After begin().
  bool takes_append_of(std::uint64_t bytes) const;

  void on_durable(RecordNumber upto);  // from the disk, on this thread
  void stop();                         // no step after it: the disk failed, or the node ends
  void write_checkpoint();             // of what is decided, for a shorter next start
  // The same after this step, and tells when it is on the disk. False: nothing is decided yet.
  bool ask_for_checkpoint(storage::LogStore::CheckpointDone done);

  // When the step that goes on, or the last one, began: the clock is read once for all that comes together.
  std::chrono::steady_clock::time_point step_began() const { return step_began_; }
  const replication::Replica& replica() const { return replica_; }
  const EntryCache& cache() const { return cache_; }
  Offset first_offset() const { return first_offset_; }  // messages before it are dropped
  storage::LogStore& store() { return store_; }

 private:
  void tick();
  void write_checkpoint(storage::LogStore::CheckpointDone done);
  void write_checkpoint_that_was_asked_for();
  void seal_if_worth_it();
  void hand_on(replication::Output& output);
  void persist(std::vector<replication::NumberedRecord> records);
  void arm_timer();

  std::chrono::steady_clock::time_point started_;
  std::chrono::steady_clock::time_point step_began_;
  storage::LogStore& store_;
  Events events_;
  replication::Replica replica_;
  EntryCache cache_;
  EntryAttacher attacher_;
  asio::steady_timer timer_;
  Offset first_offset_;
  std::vector<storage::LogStore::CheckpointDone> checkpoint_asked_;
  replication::Ticks armed_for_ = 0;  // 0: not armed
  bool ticked_ = false;               // since the last finish()
  bool finishing_ = false;
  bool stopped_ = false;
};

}  // namespace bellwether::node
