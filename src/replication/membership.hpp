// replication/membership.hpp: which change of the membership a leader may append now, as decisions without
// effects.
// Source:  consensus.md section 8 (single-server changes after Ongaro, 2014, with the 2015 correction: G2).
// Threads: none, no lock.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "protocol/entry.hpp"
#include "protocol/packets.hpp"
#include "replication/core.hpp"

namespace bellwether::replication {

// What to do about a request: append this change, or answer at once.
struct Change {
  EntryContent content;
  std::string notice;  // for the operator; may be empty
};
using Decision = std::variant<Change, Answer>;

class Membership {
 public:
  // `start`: the leader's first own entry.
  Membership(const Core& core, Index start, bool is_handing_over)
      : core_(core), start_(start), is_handing_over_(is_handing_over) {}

  bool may_change() const;  // G2
  bool may_grow() const { return may_change() && !core_.bully.is_suspended(); }
  Decision join(const Join& join) const;  // G4
  Decision remove(NodeId member) const;   // G6; `member` is no leader
  std::optional<Change> promotion(NodeId learner, Index durable_match, Index decided_at_round) const;  // G5
  std::optional<Change> eviction(NodeId member) const;                                                 // G7
  bool majority_answers_without(NodeId member) const;

 private:
  std::optional<NodeId> replaced_by(const Join& join) const;

  const Core& core_;
  Index start_;
  bool is_handing_over_;
};

}  // namespace bellwether::replication
