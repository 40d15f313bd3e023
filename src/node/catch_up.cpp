#include "node/catch_up.hpp"

#include <algorithm>
#include <cstdio>

#include "node/log.hpp"

namespace bellwether::node {
namespace {

constexpr std::chrono::seconds looks_every{1};
constexpr Index entries_near = 1'000;  // no further behind than that: as good as there

std::string percent(std::uint64_t done, std::uint64_t all) {
  return std::to_string(all == 0 ? 100 : std::min<std::uint64_t>(done * 100 / all, 100)) + " %";
}

std::string in_units(std::uint64_t bytes, bool in_gigabytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", static_cast<double>(bytes) / (in_gigabytes ? 1e9 : 1e6));
  return text;
}

bool is_large(std::uint64_t bytes) { return bytes >= 1'000'000'000; }

// "40.1 GB"
std::string amount(std::uint64_t bytes) {
  return in_units(bytes, is_large(bytes)) + (is_large(bytes) ? " GB" : " MB");
}

// "12.3 of 40.1 GB"
std::string part_of(std::uint64_t done, std::uint64_t all) {
  return in_units(done, is_large(all)) + " of " + amount(all);
}

std::string name(NodeId id) { return "node " + std::to_string(number(id)); }

}  // namespace

void CatchUp::on_step(const replication::Replica& replica, const storage::LogStore& store) {
  const auto now = Clock::now();
  if (now - looked_ < looks_every) return;
  looked_ = now;
  if (replica.role() != replication::Role::leader) {
    behind_.clear();
    return watch_self(replica);
  }
  own_.reset();
  leaders_decided_ = 0;
  for (const auto& [id, member] : replica.tail_state().members().all()) {
    if (id != self_) watch_member(id, replica, store);
  }
}

void CatchUp::watch_member(NodeId id, const replication::Replica& replica, const storage::LogStore& store) {
  const auto view = replica.peer(id);
  if (!view.answered || !view.lag) return;
  const Index match = std::max(replica.last() - *view.lag, replica.base());
  const std::uint64_t at = store.position_behind(match);
  const std::uint64_t end = store.position_behind(replica.last());
  const auto found = behind_.find(id);
  if (found == behind_.end()) {
    if (end - std::min(at, end) < bytes_worth_a_word || *view.lag <= entries_near) return;
    behind_[id] = {.from = at, .said = Clock::now()};
    return log::info(name(id) + " has " + amount(end - at) + " of the log to get");
  }
  Progress& progress = found->second;
  if (*view.lag <= entries_near) {
    log::info(name(id) + " has caught up");
    behind_.erase(found);
  } else if (Clock::now() - progress.said >= says_every) {
    progress.said = Clock::now();
    const std::uint64_t done = at - std::min(progress.from, at);
    const std::uint64_t all = end - std::min(progress.from, end);
    log::info(name(id) + " is catching up: " + part_of(done, all) + ", " + percent(done, all));
  }
}

// How many bytes are still to come only the leader knows.
void CatchUp::watch_self(const replication::Replica& replica) {
  const Index decided = replica.decided();
  const bool is_near = decided + entries_near >= leaders_decided_;
  if (!own_) {
    if (!is_near) own_ = Own{.from = decided, .said = Clock::now(), .has_said = false};
  } else if (is_near) {
    if (own_->has_said) log::info("this node has caught up");
    own_.reset();
  } else if (Clock::now() - own_->said >= says_every) {
    own_->said = Clock::now();
    own_->has_said = true;
    const Index done = decided - std::min(own_->from, decided);
    const Index all = leaders_decided_ - std::min(own_->from, leaders_decided_);
    log::info("this node is catching up: " + std::to_string(done) + " of " + std::to_string(all) +
              " entries, " + percent(done, all));
  }
}

}  // namespace bellwether::node
