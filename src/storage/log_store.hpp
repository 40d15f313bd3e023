// storage/log_store.hpp: one node's write-ahead log, the interface that the node sees. Records go to the
// disk thread, which writes whatever has queued up since its last sync in one go and syncs once (group
// commit); entries are read back by a reader thread, never behind a sync.
// Source:  group commit after Gawlick and Kinkade (1985).
// Errors:  a failed write or sync is final (S5): on_failure is called once and nothing is reported durable
//          after it.
// Threads: called by one thread, the I/O thread. The callbacks of `Events` run on the store's own threads:
//          post them.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "protocol/entry.hpp"
#include "protocol/ids.hpp"
#include "protocol/limits.hpp"
#include "replication/output.hpp"
#include "replication/record.hpp"
#include "replication/room.hpp"
#include "replication/stable_state.hpp"
#include "storage/checkpoint_file.hpp"
#include "storage/log_error.hpp"
#include "storage/retention.hpp"

namespace bellwether::storage {

// What recovery found, for the start-up line and `status`.
struct RecoveryReport {
  bool is_new = false;  // there was no log
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;         // of the log, without the room reserved behind it
  std::uint64_t torn_bytes = 0;    // cut off at the end
  Index checkpoint = 0;            // that the reading began at; 0: it read everything
  Index base = 0;                  // everything up to it is dropped
  std::vector<std::string> notes;  // what was not as it should be and did no harm
};

// What is kept of the newest segment as long as there is no next one (consensus.md S5).
struct Reserve {
  // Promises, truncations, hints, and entries that bring no messages: some thousands.
  std::uint64_t small_records = limits::mib;
  // What the core may take in one step before it is asked again: an entry, or a chunk of them.
  std::uint64_t one_step = limits::entry_bytes_max + limits::mib;
  // What leaders have begun already when they hear that there is no room: what they send without an answer.
  std::uint64_t begun = 4 * limits::chunk_bytes;
};

struct LogOptions {
  static constexpr std::uint64_t usual_segment_bytes = 64 * 1024 * 1024;
  std::uint64_t segment_bytes = usual_segment_bytes;  // room for the largest record, and some more
  // A log that is not there is made. Otherwise it is an error (no_such_file_or_directory), and nothing is made:
  // a second start must not find an empty log where one was lost (consensus.md S4).
  bool may_create = true;
  // Whose log it is, and whether other members are known should the log not say: only others can have what damage
  // took here (consensus.md S6). Without any a damaged log is refused, and stays as it is.
  NodeId self = nobody;
  bool has_others = false;
  Retention retention = {};  // what base_due() goes by; checkpoints for it are kept from then on
  Reserve reserve = {};
  std::chrono::milliseconds tries_again_after{1000};     // to make a segment that there was no room for
  std::function<std::uint64_t()> draw_id = random_bits;  // of a log, of a file; from any thread
};

// Entries [first, last] that a file cannot give back any more.
struct Damage {
  Index first = 0;
  Index last = 0;
  std::string what;  // which file and where
};

// Entries that follow one another.
struct EntriesFrom {
  Index first = 0;
  Offset offset = 0;  // of the first entry's first message
  std::vector<EntryPtr> entries;
};

class LogStore {
 public:
  struct Events {
    std::function<void(RecordNumber upto)> on_durable;  // everything up to that record is on the disk
    std::function<void(Error)> on_failure;              // the disk is not to be trusted any more
    std::function<void(std::chrono::nanoseconds took)> on_sync;  // that went well; on the disk thread
    std::function<void(Error)> on_side_failure;  // of a file that the log does without for now
    // The next segment could not be made, and so many bytes are left for messages. It is tried again all the time.
    std::function<void(Error, std::uint64_t bytes_left)> on_room_missing;
    std::function<void()> on_room;  // it could be made after all
    // Met by a read, which fails with LogError::damaged; on the reader thread. Each read that meets it tells it.
    std::function<void(const Damage&)> on_damage;
  };
  using ReadDone = std::function<void(Result<std::vector<EntryPtr>>)>;
  using MessagesDone = std::function<void(Result<EntriesFrom>)>;
  using CheckpointDone = std::function<void(Result<void>)>;
  using RepairDone = std::function<void(Result<void>)>;
  using SnapshotDone = std::function<void(Result<replication::SnapshotPtr>)>;
  static constexpr std::chrono::milliseconds slow_sync{500};  // one that took longer is worth a word
  // By segments that are made ahead: a checkpoint has up to 5.5 MB.
  static constexpr std::uint64_t left_for_side_files = 8 * limits::mib;

  // Reads the log in this directory, which is made if need be, cuts a torn end off and leaves the store ready to
  // append. Damage that is not a torn end is an error. `progress` is called now and then with the share read,
  // 0 to 1.
  struct Opened;
  static Result<Opened> open(const std::filesystem::path& directory, const LogOptions& options, Events events,
                             const std::function<void(double)>& progress = {});

  virtual ~LogStore() = default;

  virtual void write(std::vector<replication::NumberedRecord> records) = 0;  // never blocks
  virtual std::size_t unsynced_bytes() const = 0;  // handed over and waiting for a sync; decided hints don't

  // Of the disk, after what was handed over and so many bytes of records more.
  virtual replication::Room room(std::uint64_t more) const = 0;
  // Whether these bytes are sure to find room behind what was handed over. It may be false for a moment while there is
  // room on the disk: the next segment is still being made.
  virtual bool fits(std::uint64_t more) const = 0;

  // Entries from `from` on, up to `end`, at least one and otherwise at most bytes_max; they must be durable. Fewer in
  // front of one that cannot be read any more; if that is the first one: LogError::damaged.
  // `done` runs on the reader thread.
  virtual void read(Index from, Index end, std::size_t bytes_max, ReadDone done) = 0;
  // The same from the entry on that brings this message; it must be decided, so that nobody drops it.
  virtual void read_messages(Offset from, Index end, std::size_t bytes_max, MessagesDone done) = 0;

  // Decided entries that are in the log and could not be read (Damage), as others have them: from now on they are read
  // where they are kept instead. `done` runs on the reader thread, behind which every read finds them.
  virtual void write_repair(std::vector<replication::RepairedEntry> entries, RepairDone done) = 0;

  // A checkpoint of this entry, or of one behind it, is worth writing (K4): all entries of the segments before
  // the newest one are covered then. no_checkpoint_due: there is one.
  virtual Index checkpoint_due() const = 0;
  // Of a decided entry. It is written in the background, once everything that was handed over before is durable.
  // `done`, on a thread of the store: it is on the disk, or a later one is that took its place.
  virtual void write_checkpoint(EncodedCheckpoint checkpoint, CheckpointDone done = {}) = 0;
  static constexpr Index no_checkpoint_due = std::numeric_limits<Index>::max();

  // Where in the log the entries behind this one begin, or somewhat further on: to say how much there is.
  virtual std::uint64_t position_behind(Index index) const = 0;

  // What is dropped: the entries up to this one; reading them fails with LogError::dropped. Their files go when the
  // record that says so is durable (CompactRecord, InstallRecord).
  virtual BaseMark base() const = 0;
  // The entry that may be the base by LogOptions::retention, which has a checkpoint (K4); 0: the base stays.
  virtual Index base_due(std::uint64_t now_ms) const = 0;
  // Of a checkpoint. `done` runs on the reader thread. One that cannot be read is not due any more.
  virtual void read_snapshot(Index index, SnapshotDone done) = 0;

  virtual void close() = 0;  // writes and syncs what is queued, ends the threads; no callback runs after it,
                             // reads that wait are dropped
};

struct LogStore::Opened {
  std::unique_ptr<LogStore> store;
  replication::StableState state;
  RecoveryReport report;
};

}  // namespace bellwether::storage
