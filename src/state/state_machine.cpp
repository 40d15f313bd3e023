#include "state/state_machine.hpp"

#include <variant>

#include "base/assert.hpp"

namespace bellwether::state {

ProducerId producer_id(std::uint64_t epoch, Index index) {
  return ProducerId{epoch * producers_per_epoch + index};
}

void State::apply(Index index, const Entry& entry) {
  BELLWETHER_ASSERT(index == applied_ + 1);
  if (const auto* batch = std::get_if<Batch>(&entry.content)) {
    for (const Group& group : batch->groups) place_group(group);
  } else if (std::holds_alternative<RegisterProducer>(entry.content)) {
    producers_.add(producer_id(epoch_, index), index);
  } else {
    if (const auto* init = std::get_if<InitCluster>(&entry.content)) cluster_ = init->cluster;
    members_.apply(index, entry.content);
    if (const auto* recovery = std::get_if<ResetCluster>(&entry.content)) reset(*recovery);
  }
  applied_ = index;
}

// Producers stay: what they sent is stored still, and what they send again is stored once.
void State::reset(const ResetCluster& reset) {
  cluster_ = reset.cluster;
  epoch_ = reset.epoch;
  former_.push_back(reset.former);
  if (former_.size() > former_clusters_max) former_.erase(former_.begin());
}

Offset State::place_group(const Group& group) {
  const Offset offset = next_offset_;
  next_offset_ += group.count;
  if (group.producer != no_producer) {
    producers_.place(
        group.producer,
        {.sequence = group.sequence, .index = applied_ + 1, .offset = offset, .count = group.count});
  }
  return offset;
}

}  // namespace bellwether::state
