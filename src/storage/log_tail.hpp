// storage/log_tail.hpp: what the log says at its end, kept along with each record that is written or read:
// what the next segment's opening repeats.
// Bounds:  a run for each change of ballot, and eight bytes for each undecided entry.
// Threads: none, no lock.
#pragma once

#include <deque>

#include "protocol/entry.hpp"
#include "replication/ballot_runs.hpp"
#include "replication/record.hpp"
#include "storage/segment_format.hpp"

namespace bellwether::storage {

class LogTail {
 public:
  LogTail() = default;
  // As an opening says, and with the ballots of the entries up to its `last`, as far back as they are known.
  LogTail(const Opening& opening, replication::BallotRuns ballots);

  void append(const Entry& entry);
  void truncate(Index from, Offset next_offset);  // entry `from` brought that message, or would have
  void compact(const BaseMark& base);             // entries up to it are dropped, which are decided
  void install(const BaseMark& base);             // and all behind it, too
  void apply(const replication::Record& record);  // the other kinds
  void decide(Index upto);
  void set_next_offset(Offset next) { next_offset_ = next; }
  Index last() const { return ballots_.last(); }
  Offset next_offset() const { return next_offset_; }
  const replication::BallotRuns& ballots() const { return ballots_; }
  Offset offset_at(
      Index index) const;  // of an undecided entry's first message; behind the last: the next one

  // What an opening would say now, but for what it says of the segment before it.
  Opening say() const;

 private:
  Ballot promised_;
  bool removed_ = false;
  replication::LogEnd lost_;
  Index decided_ = 0;
  replication::BallotRuns ballots_;
  Offset next_offset_ = 0;
  std::deque<Offset> undecided_;  // the offsets of entries known_from_ .. last()
  Index known_from_ = 1;
};

}  // namespace bellwether::storage
