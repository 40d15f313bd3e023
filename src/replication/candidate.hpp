// replication/candidate.hpp: on the way to leadership: collects promises, adopts the most up-to-date log
// among them chunk by chunk, and is established when its own log is the greatest and a majority of the
// configuration OF THAT LOG has promised.
// Source:  consensus.md section 6 (Omni-Paxos' prepare phase with the adoption done early, entry ballots
//          after Raft).
// Threads: none, no lock.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>

#include "protocol/messages.hpp"
#include "replication/core.hpp"

namespace bellwether::replication {

class Candidate {
 public:
  using Promises = std::map<NodeId, Promise>;
  enum class Outcome {
    waiting,
    established,
    gave_up,
    out_of_room  // gave up, too: it cannot take over what others have, so another one should lead
  };

  Candidate(Core& core, RecordNumber own_promise) : core_(core), own_promise_(own_promise) {}

  // D1, D4: nothing is asked and the own promise does not count before its record is durable.
  Outcome on_durable();
  Outcome on_promise(NodeId from, Promise promise);
  Outcome on_suffix(NodeId from, const Suffix& suffix);
  Outcome on_snapshot(NodeId from, const SnapshotChunk& chunk);
  Outcome end_round();  // asks again, drops a promiser that went silent in the middle of a pull (C5)

  void count_round() { ++rounds_without_progress_; }
  bool is_tired() const { return rounds_without_progress_ > prepare_rounds_max; }
  const Promises& promises() const { return promises_; }

 private:
  struct Adopted {  // how far the log is known to equal this promiser's
    NodeId from;
    Index upto;
  };

  struct Fetched {  // the base of a promiser that has dropped what is missing here (K2)
    NodeId from;
    SnapshotAssembly assembly;
  };

  Outcome try_establish();
  std::optional<NodeId> most_up_to_date() const;  // none: the own log is
  void do_without(NodeId promiser, Room room);
  bool can_adopt_from(NodeId promiser) const {
    const auto found = out_of_reach_.find(promiser);
    return found == out_of_reach_.end() || core_.room < found->second;
  }
  bool is_short_of_room() const;
  bool is_behind(NodeId promiser) const;
  void adopt(NodeId from, const EntryRange& entries, const std::optional<SnapshotName>& snapshot);
  void graft(NodeId from, const EntryRange& entries);
  void fetch(NodeId from, const SnapshotName& snapshot);
  void install(NodeId from);
  void adopted(NodeId from, Index upto);
  void progressed();
  void pull();
  void send_prepares();
  bool has_majority() const;

  Core& core_;
  RecordNumber own_promise_;
  bool own_promise_durable_ = false;
  Promises promises_;
  // Promisers with more than there is room for, and the room that it takes more than: a base takes more than `low`,
  // entries more than `none`. The others may do.
  std::map<NodeId, Room> out_of_reach_;
  std::optional<NodeId> pulls_from_;
  std::optional<Adopted> adopted_;
  std::optional<Fetched> fetched_;
  bool adopted_more_ = false;   // since the last pull
  std::set<NodeId> of_no_use_;  // what they sent cannot be read
  std::uint64_t rounds_without_progress_ = 0;
  std::uint64_t rounds_pulling_ = 0;  // without an answer
};

}  // namespace bellwether::replication
