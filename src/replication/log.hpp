// replication/log.hpp: one replica's log: which ballot stands at which index, what is decided, what is
// durable, and the state behind the decided part and behind the whole of it. Entries themselves are kept
// only until they are decided; their bytes are the runtime's. What stands before them, the base, is kept whole.
// Source:  consensus.md sections 2, 6 (missing, graft), 7 and 12.
// Threads: none, no lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "protocol/entry.hpp"
#include "protocol/messages.hpp"
#include "replication/ballot_runs.hpp"
#include "replication/journal.hpp"
#include "replication/output.hpp"
#include "replication/stable_state.hpp"
#include "state/state_machine.hpp"

namespace bellwether::replication {

struct ChunkLimits {
  std::size_t entries_max;
  std::size_t bytes_max;
};

// What a peer lacks: entries, or first the base that they stand behind.
struct Missing {
  std::optional<SnapshotName> base;  // none: the entries suffice
  EntryRange entries;
};

class Log {
 public:
  Log(const StableState& stable, Journal& journal);  // `journal` outlives it

  Index last() const { return ballots_.last(); }
  Ballot last_ballot() const { return ballots_.last_ballot(); }
  Ballot ballot_at(Index index) const { return ballots_.at(index); }  // base_index() <= index <= last()
  bool has(Index index, Ballot ballot) const { return ballots_.has(index, ballot); }
  const SnapshotPtr& base() const { return base_; }  // null: nothing was dropped
  Index base_index() const { return ballots_.base().index; }
  const BallotRuns& ballots() const { return ballots_; }
  Index decided() const { return decided_; }
  // S3. Nothing counts while it is not certain that a restart finds the base that it stands behind (D5).
  Index durable() const { return journal_.is_durable(install_record_) ? durable_ : 0; }
  const state::State& decided_state() const { return decided_state_; }
  const state::State& tail_state() const { return tail_state_; }
  const state::Members& config() const { return tail_state_.members(); }  // in force as soon as appended (G1)

  // "More up to date": section 1.
  bool is_ahead_of(Ballot last_ballot, Index last) const;
  bool is_behind(Ballot last_ballot, Index last) const;

  void append(const EntryPtr& entry);  // at last() + 1
  // The open batch: its groups take their places in the tail state before their entry exists.
  state::State& open_tail() { return tail_state_; }
  void append_batch(const EntryPtr& entry);  // whose groups have their places already
  void discard_open_batch() { rebuild_tail(); }

  // What a peer that has decided `decided` and whose log ends with `last`, `last_ballot` lacks, at most one
  // chunk; none behind a base, which it has to take first.
  Missing missing(Index last, Ballot last_ballot, Index decided, const ChunkLimits& limits) const;
  bool graft(const EntryRange& entries);  // false: they do not fit behind this log
  EntryRange range(Index previous, const ChunkLimits& limits) const;  // previous >= base_index()

  void compact(const SnapshotPtr& base);  // K1: base_index() < its index <= decided(), durable()
  void install(const SnapshotPtr& base, state::State state);  // replaces the whole log; decided() < its index

  // The sizes of old entries are known to the runtime alone, which cuts a chunk of them at its byte limit.
  bool knows_sizes_from(Index index) const { return index > sizes_before_; }
  std::uint64_t bytes_between(Index after, Index upto) const;  // of what is known of (after, upto]

  std::vector<DecidedEntry> advance(Index upto);  // decides entries (decided(), upto]
  void on_durable();                              // the journal's durable position has moved

 private:
  void remember(const EntryPtr& entry, RecordNumber record);
  void add_size(const Entry& entry);
  void truncate(Index from);
  void rebuild_tail();
  void forget_old_sizes();

  Journal& journal_;
  SnapshotPtr base_;
  RecordNumber install_record_ = 0;  // of the base, if it was installed in this run
  BallotRuns ballots_;
  Index decided_;
  Index durable_;
  state::State decided_state_;
  state::State tail_state_;
  std::deque<EntryPtr> undecided_;        // entries decided_ + 1 .. last()
  std::deque<RecordNumber> not_durable_;  // the records of entries durable_ + 1 .. last()
  Index sizes_before_;                    // sizes_ has entries sizes_before_ + 1 .. last()
  std::deque<std::uint64_t> sizes_;       // bytes from an arbitrary start up to and including each entry
  std::uint64_t bytes_before_ = 0;        // the same up to entry sizes_before_
};

}  // namespace bellwether::replication
