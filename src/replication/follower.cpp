#include "replication/follower.hpp"

#include <algorithm>

namespace bellwether::replication {

void Follower::on_promised() {
  match_ = core_.log.decided();
  reported_match_ = 0;
  read_ = 0;
  heard_leader_ = false;
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
  heard_leader_ = true;
  match_ = std::max(match_, *equal_upto);
  // L6: not last(): behind the match may lie a dead leader's entries.
  const Index decided = std::min(accept.decided, match_);
  if (decided > core_.log.decided()) core_.advance(decided);
  read_ = std::max(read_, accept.read);
  report();
}

void Follower::on_durable() {
  if (follows() && std::min(match_, core_.log.durable()) > reported_match_) report();
}

void Follower::report() {
  const Index durable_match = std::min(match_, core_.log.durable());  // D3
  reported_match_ = std::max(reported_match_, durable_match);
  core_.send(
      core_.promised.id,
      Accepted{.ballot = core_.promised, .durable_match = durable_match, .match = match_, .read = read_});
}

}  // namespace bellwether::replication
