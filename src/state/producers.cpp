#include "state/producers.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"

namespace bellwether::state {
namespace {

constexpr std::size_t swept_at_least = 1024;

}  // namespace

void Producers::add(ProducerId id, Index index) {
  Producer fresh;
  fresh.last_activity = index;
  table_.emplace(id, std::move(fresh));
  while (table_.size() > limits_.producers_max) drop_least_active();
}

void Producers::place(ProducerId id, const PlacedGroup& group) {
  const auto found = table_.find(id);
  BELLWETHER_ASSERT(found != table_.end());
  Producer& producer = found->second;
  BELLWETHER_ASSERT(group.sequence == producer.last_sequence + 1);
  if (!producer.groups.empty()) superseded_.push_back({id, producer.last_sequence});
  producer.last_sequence = group.sequence;
  producer.last_activity = group.index;
  producer.groups.push_back(group);
  ++remembered_;
  if (producer.groups.size() > limits_.groups_per_producer_max) {
    producer.groups.pop_front();
    --remembered_;
  }
  while (remembered_ > limits_.groups_max && !superseded_.empty()) forget_one_superseded();
  if (superseded_.size() > 2 * remembered_ + swept_at_least) sweep_superseded();
}

Sequence Producers::last_sequence(ProducerId id) const {
  const auto found = table_.find(id);
  BELLWETHER_ASSERT(found != table_.end());
  return found->second.last_sequence;
}

const PlacedGroup* Producers::find(ProducerId id, Sequence sequence) const {
  const auto found = table_.find(id);
  if (found == table_.end() || found->second.groups.empty()) return nullptr;
  const auto& groups = found->second.groups;
  if (sequence < groups.front().sequence || sequence > groups.back().sequence) return nullptr;
  return &groups[sequence - groups.front().sequence];
}

void Producers::drop_least_active() {
  const auto least = std::ranges::min_element(table_, [](const auto& a, const auto& b) {
    return std::pair(a.second.last_activity, a.first) < std::pair(b.second.last_activity, b.first);
  });
  remembered_ -= least->second.groups.size();
  table_.erase(least);
}

bool Producers::is_remembered(const Superseded& group) const {
  const auto found = table_.find(group.id);
  return found != table_.end() && found->second.groups.front().sequence <= group.sequence;
}

void Producers::forget_one_superseded() {
  const Superseded oldest = superseded_.front();
  superseded_.pop_front();
  if (!is_remembered(oldest)) return;
  table_.find(oldest.id)->second.groups.pop_front();
  --remembered_;
}

// What its own producer's bound has forgotten is still queued; without this the queue would grow with the
// log. At least half of it goes, so that a group costs constant time, and what stays fits the caches.
void Producers::sweep_superseded() {
  std::erase_if(superseded_, [this](const Superseded& group) { return !is_remembered(group); });
}

}  // namespace bellwether::state
