// simulate/world/disk.hpp: one node's disk: an ordered write-ahead log of records of which a crash keeps what was
// synced and a random prefix of the rest (consensus.md S1, S2).
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "replication/record.hpp"
#include "replication/stable_state.hpp"
#include "world/entry_log.hpp"
#include "world/mutants.hpp"
#include "world/random.hpp"

namespace bellwether::simulation {

enum class Crash {
  any,       // of what is not synced, a random prefix survives; an append may survive in part
  lose_all,  // nothing of it survives
  keep_all,  // all of it survives
};

class Disk {
 public:
  explicit Disk(Mutant mutant = Mutant::none, state::ProducerLimits limits = {})
      : mutant_(mutant), limits_(limits), stable_(limits) {}

  // ---- what is durable
  const replication::StableState& stable() const { return stable_; }
  const EntryLog& log() const { return log_; }
  // What is dropped is held: it was decided, and the base stands for it.
  bool holds(Index index, const Entry& entry) const;
  bool holds(Index index, Ballot ballot) const;

  // ---- writing
  void write(const std::vector<replication::NumberedRecord>& records);
  bool has_to_sync() const;   // something waits for a sync and none is under way
  RecordNumber start_sync();  // of all that was written so far
  std::optional<RecordNumber> syncing() const { return syncing_; }
  void finish_sync();
  std::optional<RecordNumber> last_written() const { return last_written_; }

  void crash(Crash kind, Random& random);
  // Instead of crash(), where `found` is what the storage code found after one: what was durable and a prefix of the
  // rest. It may know that entries up to `decided_max` are decided. Anything else is a Violation. Of a harmed disk a
  // checkpoint may be unreadable: its log may begin at a later base, and know less as decided; or entries may be: then
  // it says so (S6), and is the log as it was earlier.
  void recover_as(const replication::StableState& found, Index decided_max, bool is_harmed);
  void make_durable(const replication::Record& record);  // at once: how a simulation prepares a disk
  // Damage, found when the node starts: the entries from `from` on cannot be read any more (consensus.md S6).
  void lose_from(Index from);
  // The start of a harmed disk, likewise. True: it has lost entries.
  bool start_as(const replication::StableState& found);
  bool has_lost(Index index, Ballot ballot) const;  // as long as it has not made good for it

 private:
  void store(const replication::Record& record);  // as make_durable, with the mutants' mistakes
  void keep_part_of(const replication::Record& record, Random& random);
  void forget_pending();
  // `rest`: what was written and may not be durable.
  void lose_as(const replication::StableState& found, const std::vector<replication::Record>& rest,
               Index decided_max);
  void take_over(const replication::StableState& found);
  EntryPtr ever_had(Index index, Ballot ballot) const;
  void note_former(Index from);
  void keep_upto(Index last, Index decided);
  void follow_checkpoints_of(const replication::StableState& found);

  Mutant mutant_;
  state::ProducerLimits limits_;
  replication::StableState stable_;
  EntryLog log_;
  std::map<Index, EntryPtr> lost_;
  std::map<std::pair<Index, Ballot>, EntryPtr> former_;  // entries that are not in the log any more
  std::deque<replication::NumberedRecord> pending_;
  std::optional<RecordNumber> syncing_;
  std::optional<RecordNumber> last_written_;
};

}  // namespace bellwether::simulation
