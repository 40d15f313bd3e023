#include "replication/repair.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

namespace bellwether::replication {

void Repair::on_damaged(Index first, Index last) {
  forget_dropped();
  first = std::max(first, core_.log.base_index() + 1);
  last = std::min(last, core_.log.decided());
  if (first > last) return;
  const bool is_asking = !wanted_.empty();
  if (!note(first, last) || (is_asking && rounds_to_pause_ == 0)) return;
  next_ = first;
  asked_.clear();
  rounds_to_pause_ = 0;
  ask();
}

bool Repair::note(Index first, Index last) {
  const auto behind = wanted_.upper_bound(first);
  if (behind != wanted_.begin() && std::prev(behind)->second >= last) return false;
  for (auto range = wanted_.begin(); range != wanted_.end();) {
    const bool touches = range->first <= last + 1 && first <= range->second + 1;
    if (!touches) {
      ++range;
      continue;
    }
    first = std::min(first, range->first);
    last = std::max(last, range->second);
    range = wanted_.erase(range);
  }
  if (wanted_.size() >= ranges_max) return false;
  wanted_.emplace(first, last);
  return true;
}

// What is dropped, or replaced by a snapshot, is not missed any more.
void Repair::forget_dropped() {
  const Index base = core_.log.base_index();
  while (!wanted_.empty() && wanted_.begin()->first <= base) {
    const Index last = wanted_.begin()->second;
    wanted_.erase(wanted_.begin());
    if (last > base) wanted_.emplace(base + 1, last);
  }
}

bool Repair::is_wanted(Index index) const {
  const auto behind = wanted_.upper_bound(index);
  return behind != wanted_.begin() && std::prev(behind)->second >= index;
}

void Repair::erase(Index index) {
  const auto range = std::prev(wanted_.upper_bound(index));
  const auto [first, last] = *range;
  wanted_.erase(range);
  if (first < index) wanted_.emplace(first, index - 1);
  if (index < last) wanted_.emplace(index + 1, last);
}

// ---- asking

void Repair::end_round() {
  forget_dropped();
  if (wanted_.empty()) return;
  if (rounds_to_pause_ > 0) {
    if (--rounds_to_pause_ > 0) return;
  } else if (!answered_ && rounds_waited_++ == 0) {
    return;  // the round in which it was asked is no whole one
  }
  ask();
}

// The next member for the same entries; if all were asked, the next range; if all ranges had their turn and nothing
// came, not for a while.
void Repair::ask() {
  answered_ = false;
  rounds_waited_ = 0;
  while (!wanted_.empty()) {
    const auto range = std::ranges::find_if(wanted_, [this](const auto& one) { return one.second >= next_; });
    if (range == wanted_.end()) {
      next_ = 0;
      asked_.clear();
      if (!std::exchange(was_of_use_, false)) {
        rounds_to_pause_ = rounds_between_turns;
        return;
      }
    } else if (const auto member = next_member()) {
      asked_.insert(*member);
      return core_.send(*member, Fetch{.first = std::max(range->first, next_), .last = range->second});
    } else {
      next_ = range->second + 1;
      asked_.clear();
    }
  }
}

// One whose removal is not decided may have the only copy that is left, and be needed for just that decision.
bool Repair::may_help(NodeId id) const {
  return core_.config().has(id) || core_.log.decided_state().members().has(id);
}

// Who has just helped, then those that answer, the leader as the last one of them: it has enough to do.
std::optional<NodeId> Repair::next_member() const {
  std::optional<NodeId> best;
  const auto rank = [this](NodeId id) {
    return std::tuple(id != helpful_, !core_.answers(id), id == core_.bully.leader().id, id);
  };
  const auto consider = [&](const state::Members& members) {
    for (const auto& [id, member] : members.all()) {
      if (id == core_.options.self || asked_.contains(id)) continue;
      if (!best || rank(id) < rank(*best)) best = id;
    }
  };
  consider(core_.config());
  consider(core_.log.decided_state().members());
  return best;
}

// The ballot that this log has at an entry's index tells whether it is that one.
void Repair::on_entries(NodeId from, const Entries& entries) {
  if (!may_help(from)) return;
  forget_dropped();
  Index index = entries.entries.previous;
  Index behind = 0;
  for (const EntryPtr& entry : entries.entries.items) {
    ++index;
    if (!is_wanted(index) || entry->ballot != core_.log.ballot_at(index)) continue;
    erase(index);
    core_.output.repaired.push_back({.index = index, .entry = entry});
    behind = index + 1;
  }
  if (behind == 0) {
    answered_ = answered_ || asked_.contains(from);
    return;
  }
  next_ = behind;
  asked_.clear();
  helpful_ = from;
  was_of_use_ = true;
  rounds_to_pause_ = 0;
  ask();
}

// ---- answering

// Index and ballot name an entry, so a copy is as good where nobody knows that it is decided: its holder may wait for
// just that to learn it. None: this member cannot help. What it has lost itself it does not try to read for others.
void Repair::on_fetch(NodeId from, const Fetch& fetch) const {
  if (!core_.config().has(from)) return;
  const Log& log = core_.log;
  const Index base = log.base_index();
  const Index known = std::max(log.durable(), base);
  const Index previous = std::clamp(fetch.first - 1, base, known);
  Index last = std::min(fetch.last, known);
  const auto unreadable = wanted_.lower_bound(previous + 1);
  if (unreadable != wanted_.end()) last = std::min(last, unreadable->first - 1);
  if (is_wanted(previous + 1)) last = previous;
  EntryRange range = log.range(previous, core_.chunk());
  range.end = std::min(range.end, std::max(last, previous) + 1);
  core_.send(from, Entries{std::move(range)});
}

}  // namespace bellwether::replication
