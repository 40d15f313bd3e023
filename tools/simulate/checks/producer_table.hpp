// simulate/checks/producer_table.hpp: the table of producers as consensus.md P1 and P2 describe it, written the
// simplest way and apart from the product's, which it is compared with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

#include "state/producers.hpp"

namespace bellwether::simulation {

class ProducerTable {
 public:
  explicit ProducerTable(state::ProducerLimits limits) : limits_(limits) {}

  void add(ProducerId id, Index index);
  void place(ProducerId id, const state::PlacedGroup& group);

  bool knows(ProducerId id) const { return producers_.contains(id); }
  std::size_t size() const { return producers_.size(); }
  bool equals(const state::Producers& other) const;  // also in what is forgotten

 private:
  struct Remembered {
    state::PlacedGroup group;
    std::uint64_t superseded_at = 0;  // 0: is the newest
  };
  struct Producer {
    Sequence last_sequence = 0;
    Index last_activity = 0;
    std::map<Sequence, Remembered> groups;
  };

  std::size_t remembered() const;
  bool forget_longest_superseded();  // false: there is none

  state::ProducerLimits limits_;
  std::map<ProducerId, Producer> producers_;
  std::uint64_t placed_ = 0;
};

}  // namespace bellwether::simulation
