#include "replication/follower.hpp"

#include <algorithm>

namespace bellwether::replication {

void Follower::on_promised() {
  match_ = core_.log.decided();
  reported_match_ = 0;
  read_ = 0;
  heard_leader_ = false;
  assembly_.reset();
  refused_.reset();
}

void Follower::on_accept(const Accept& accept) {
  const auto equal_upto = core_.log.graft(accept.entries, core_.room);
  if (!equal_upto) {
    core_.send(core_.promised.id, Mismatch{.ballot = core_.promised,
                                           .last = core_.log.last(),
                                           .last_ballot = core_.log.last_ballot(),
                                           .decided = core_.log.decided()});
    return;
  }
  matched(*equal_upto, accept.decided, accept.read);
}

// L7. What it stands for may be here already, decided or not; else nothing of this log is worth keeping.
void Follower::on_snapshot(NodeId from, const SnapshotChunk& chunk) {
  const Index index = chunk.of.index;
  if (index > core_.log.decided()) {
    if (core_.log.has(index, chunk.of.last_ballot)) {
      core_.advance(index);
    } else if (!take(from, chunk)) {
      return;
    }
  }
  matched(std::min(index, core_.log.decided()), chunk.decided, chunk.read);
}

bool Follower::take(NodeId from, const SnapshotChunk& chunk) {
  if (refused_ == chunk.of) return false;
  if (!core_.has_room()) return true;  // S5: a state takes megabytes
  if (!assembly_ || (assembly_->name() != chunk.of && assembly_->name().index <= chunk.of.index))
    assembly_.emplace(chunk.of);
  if (assembly_->name() != chunk.of) return true;  // a late one of an earlier snapshot
  assembly_->add(chunk.position, chunk.bytes);
  if (!assembly_->is_whole()) return true;
  auto whole = assembly_->take(core_.log.decided_state().producers().limits());
  assembly_.reset();
  if (whole) {
    core_.install(*std::move(whole));
    return true;
  }
  refused_ = chunk.of;
  core_.notice_unreadable(chunk.of, from, whole.error());
  return false;
}

void Follower::matched(Index upto, Index decided_by_leader, std::uint64_t read) {
  heard_leader_ = true;
  match_ = std::max(match_, upto);
  // L6: not last(): behind the match may lie a dead leader's entries.
  const Index decided = std::min(decided_by_leader, match_);
  if (decided > core_.log.decided()) core_.advance(decided);
  read_ = std::max(read_, read);
  if (assembly_ && assembly_->name().index <= core_.log.decided()) assembly_.reset();
  report();
}

void Follower::on_durable() {
  if (follows() && std::min(match_, core_.log.durable()) > reported_match_) report();
}

void Follower::report() {
  const Index durable_match = std::min(match_, core_.log.durable());  // D3
  reported_match_ = std::max(reported_match_, durable_match);
  core_.send(core_.promised.id,
             Accepted{.ballot = core_.promised,
                      .durable_match = durable_match,
                      .match = match_,
                      .read = read_,
                      .snapshot = assembly_ ? std::optional(assembly_->position()) : std::nullopt});
}

}  // namespace bellwether::replication
