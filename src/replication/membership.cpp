#include "replication/membership.hpp"

#include <algorithm>
#include <utility>

#include "protocol/limits.hpp"

namespace bellwether::replication {
namespace {

constexpr std::uint64_t replaced_after_silent_rounds = 2;  // G4

Answer refused(ErrorCode code, std::string reason = {}) {
  Refused answer;
  answer.code = code;
  answer.reason = std::move(reason);
  return answer;
}

std::string name(NodeId id) { return "node " + std::to_string(number(id)); }

}  // namespace

bool Membership::may_change() const {
  return !is_handing_over_ && core_.log.decided() >= start_ &&
         core_.config().changed_at() <= core_.log.decided();
}

bool Membership::majority_answers_without(NodeId member) const {
  std::size_t remaining = 0;
  std::size_t answering = 0;
  for (const NodeId voter : core_.config().voters()) {
    if (voter == member) continue;
    ++remaining;
    if (voter == core_.options.self || core_.answers(voter)) ++answering;
  }
  return answering >= remaining / 2 + 1;
}

Decision Membership::join(const Join& join) const {
  if (const auto id = core_.log.decided_state().members().with_token(join.token))
    return Answer{JoinDone{.id = *id}};
  if (core_.config().with_token(join.token)) return refused(ErrorCode::retry);
  if (const auto old = replaced_by(join)) {
    if (core_.silent_rounds.contains(*old) && core_.silent_rounds.at(*old) < replaced_after_silent_rounds &&
        join.replaces != *old) {
      return refused(ErrorCode::retry, "the address " + join.address + " is that of " + name(*old) +
                                           ", which answers: stop it first, or use another address");
    }
    Decision decision = remove(*old);
    auto* change = std::get_if<Change>(&decision);
    if (change == nullptr) {
      return refused(ErrorCode::retry, name(*old) + " had the address " + join.address +
                                           " and has to be removed first, which takes a majority without it");
    }
    change->notice = name(*old) + " is removed: a new node joins from its address " + join.address;
    return decision;
  }
  if (core_.config().with_address(join.address) == core_.options.self) {
    return refused(ErrorCode::refused,
                   "the address " + join.address + " is that of " + name(core_.options.self));
  }
  if (core_.config().all().size() >= limits::members_max) {
    return refused(ErrorCode::refused,
                   "the cluster has " + std::to_string(limits::members_max) + " members already");
  }
  if (!may_grow()) return refused(ErrorCode::retry);
  return Change{.content = AddMember{.id = core_.config().next_id(),
                                     .token = join.token,
                                     .address = join.address,
                                     .priority = join.priority,
                                     .stays_learner = join.stays_learner},
                .notice = {}};
}

std::optional<NodeId> Membership::replaced_by(const Join& join) const {
  const NodeId self = core_.options.self;
  if (join.replaces && *join.replaces != self && core_.config().has(*join.replaces)) return join.replaces;
  const auto holder = core_.config().with_address(join.address);
  if (!holder || *holder == self) return std::nullopt;
  return holder;
}

Decision Membership::remove(NodeId member) const {
  const auto& voters = core_.config().voters();
  if (voters.size() == 1 && voters.front() == member) {
    return refused(ErrorCode::refused, name(member) + " is the last voter: without it there is no cluster");
  }
  if (!may_change()) return refused(ErrorCode::retry);
  if (core_.config().is_voter(member) && !majority_answers_without(member))
    return refused(ErrorCode::no_majority);
  return Change{.content = RemoveMember{.id = member}, .notice = {}};
}

std::optional<Change> Membership::promotion(NodeId learner, Index durable_match,
                                            Index decided_at_round) const {
  const state::Member* member = core_.config().find(learner);
  if (member == nullptr || member->votes || member->stays_learner) return std::nullopt;
  if (!may_grow() || core_.config().voters().size() >= limits::voters_max) return std::nullopt;
  if (!core_.bully.has_answered(learner) || durable_match < std::max(decided_at_round, start_))
    return std::nullopt;
  return Change{.content = PromoteMember{.id = learner}, .notice = {}};
}

std::optional<Change> Membership::eviction(NodeId member) const {
  const auto silent = core_.silent_rounds.find(member);
  const std::uint64_t limit = core_.options.evict_rounds;
  if (limit == 0 || silent == core_.silent_rounds.end() || silent->second < limit) return std::nullopt;
  if (!may_grow()) return std::nullopt;
  if (core_.config().is_voter(member) && !majority_answers_without(member)) return std::nullopt;
  return Change{.content = RemoveMember{.id = member},
                .notice = name(member) + " is removed: it has not answered for " +
                          std::to_string(silent->second) + " heartbeats"};
}

}  // namespace bellwether::replication
