// state/producers.hpp: what the cluster remembers of each producer, so that a repeated append is stored
// once and gets the offset of the first time (consensus.md P1 to P3).
// Bounds:  producers_max producers (the least recently active goes first), groups_per_producer_max groups
//          each and groups_max in all (the one longest superseded by a newer group of its producer goes
//          first, so that a producer's newest group is never forgotten). Only log positions decide, no clock.
// Cost:    constant for a group, amortised; adding a producer to a full table looks at all of them.
// Threads: none, no lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>

#include "protocol/entry.hpp"
#include "protocol/ids.hpp"

namespace bellwether {
class FieldReader;
class FieldWriter;
}  // namespace bellwether

namespace bellwether::state {

struct ProducerLimits {
  std::size_t producers_max = 10'000;
  std::size_t groups_per_producer_max = 1'024;
  std::size_t groups_max = 262'144;
};

struct PlacedGroup {
  Sequence sequence = 0;
  Index index = 0;
  Offset offset = 0;
  std::uint32_t count = 0;

  friend bool operator==(const PlacedGroup&, const PlacedGroup&) = default;
};

class Producers {
 public:
  explicit Producers(ProducerLimits limits = {}) : limits_(limits) {}

  void add(ProducerId id, Index index);                 // a `reg` entry
  void place(ProducerId id, const PlacedGroup& group);  // its next group; id is known

  bool knows(ProducerId id) const { return table_.contains(id); }
  Sequence last_sequence(ProducerId id) const;                      // id is known; 0: none yet
  const PlacedGroup* find(ProducerId id, Sequence sequence) const;  // null: forgotten, or not there yet
  std::size_t size() const { return table_.size(); }
  const ProducerLimits& limits() const { return limits_; }
  std::size_t remembered_groups() const { return remembered_; }

  // state_encoding.hpp; decode() into an empty one, false: not as it is written.
  void encode(FieldWriter& out) const;
  bool decode(FieldReader& in, Index applied, Offset next_offset);

 private:
  struct Producer {
    Sequence last_sequence = 0;
    Index last_activity = 0;
    std::deque<PlacedGroup> groups;  // the newest ones, consecutive sequences
  };
  struct Superseded {
    ProducerId id;
    Sequence sequence;
  };

  void drop_least_active();
  void forget_one_superseded();
  void sweep_superseded();
  bool is_remembered(const Superseded& group) const;
  void restore_superseded();

  ProducerLimits limits_;
  std::unordered_map<ProducerId, Producer> table_;
  std::deque<Superseded> superseded_;  // in the order in which they were; some are forgotten already
  std::size_t remembered_ = 0;
};

}  // namespace bellwether::state
