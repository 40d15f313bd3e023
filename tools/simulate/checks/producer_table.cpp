#include "checks/producer_table.hpp"

#include <algorithm>
#include <utility>

namespace bellwether::simulation {

void ProducerTable::add(ProducerId id, Index index) {
  producers_[id].last_activity = index;
  while (producers_.size() > limits_.producers_max) {
    producers_.erase(std::ranges::min_element(
        producers_, {}, [](const auto& item) { return std::pair(item.second.last_activity, item.first); }));
  }
}

void ProducerTable::place(ProducerId id, const state::PlacedGroup& group) {
  Producer& producer = producers_.at(id);
  ++placed_;
  if (!producer.groups.empty()) producer.groups.rbegin()->second.superseded_at = placed_;
  producer.groups[group.sequence].group = group;
  producer.last_sequence = group.sequence;
  producer.last_activity = group.index;
  if (producer.groups.size() > limits_.groups_per_producer_max)
    producer.groups.erase(producer.groups.begin());
  while (remembered() > limits_.groups_max && forget_longest_superseded()) {
  }
}

std::size_t ProducerTable::remembered() const {
  std::size_t count = 0;
  for (const auto& [id, producer] : producers_) count += producer.groups.size();
  return count;
}

bool ProducerTable::forget_longest_superseded() {
  Producer* owner = nullptr;
  for (auto& [id, producer] : producers_) {
    if (producer.groups.size() < 2) continue;
    const auto age = [](const Producer& one) { return one.groups.begin()->second.superseded_at; };
    if (owner == nullptr || age(producer) < age(*owner)) owner = &producer;
  }
  if (owner == nullptr) return false;  // each is the newest of its producer
  owner->groups.erase(owner->groups.begin());
  return true;
}

bool ProducerTable::equals(const state::Producers& other) const {
  if (other.size() != size() || other.remembered_groups() != remembered()) return false;
  return std::ranges::all_of(producers_, [&](const auto& item) {
    const auto& [id, producer] = item;
    if (!other.knows(id) || other.last_sequence(id) != producer.last_sequence) return false;
    return std::ranges::all_of(producer.groups, [&, id = id](const auto& group) {
      const state::PlacedGroup* found = other.find(id, group.first);
      return found != nullptr && *found == group.second.group;
    });
  });
}

}  // namespace bellwether::simulation
