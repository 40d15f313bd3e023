#include "election/bully.hpp"

#include <algorithm>
#include <tuple>

namespace bellwether::election {

struct Bully::Votes {
  std::size_t self = 0;       // 1 if this node votes
  std::size_t answering = 0;  // voters that answered, without self
  std::size_t not_ahead = 0;  // of them: those that know no ballot above ours
  bool any_happy = false;
  bool any_ahead_and_happy = false;
};

Bully::Bully(const BullyOptions& options, Ballot promised)
    : options_(options),
      ballot_{.round = 0, .priority = options.priority, .id = options.self},
      leader_(promised),
      greatest_round_seen_(promised.round) {}

HeartbeatRequest Bully::open_round(std::optional<Ballot> lost) { return round_.open(lost); }

HeartbeatReply Bully::answer(const HeartbeatRequest& request, Index last, bool has_room) const {
  return {.round = request.round,
          .ballot = ballot_,
          .leader = leader_,
          .happy = happy_,
          .quorum_connected = quorum_connected_,
          .last = last,
          .priority = options_.priority,
          .room = has_room};
}

void Bully::on_reply(NodeId from, const HeartbeatReply& reply) {
  if (!round_.on_reply(from, reply)) return;
  if (reply.ballot == leader_ && reply.happy && !owns_leader()) happy_ = true;  // E7
}

void Bully::learn_leader() {
  urgent_ = false;
  for (const auto& [id, reply] : replies()) leader_ = std::max(leader_, reply.ballot);
}

Bully::Votes Bully::count(const Situation& situation) const {
  Votes votes;
  for (const NodeId voter : situation.voters) {
    if (voter == options_.self) {
      votes.self = 1;
      continue;
    }
    const auto found = replies().find(voter);
    if (found == replies().end()) continue;
    const HeartbeatReply& reply = found->second;
    ++votes.answering;
    votes.any_happy |= reply.happy;
    if (reply.leader <= ballot_) ++votes.not_ahead;
    votes.any_ahead_and_happy |= reply.leader > ballot_ && reply.happy;
  }
  return votes;
}

bool Bully::close_round(const Situation& situation) {
  const Votes votes = count(situation);
  const std::size_t majority = situation.voters.size() / 2 + 1;
  quorum_connected_ = votes.self == 1 && votes.answering + 1 >= majority;
  judge(situation, votes);
  fresh_ = false;
  const bool may_raise = !happy_ && quorum_connected_ && !situation.is_unfit && !situation.stands_back &&
                         !votes.any_happy;  // E6
  if (may_raise && yields_to_higher_rank(situation) && yielded_ < yield_rounds) {
    ++yielded_;
    return false;
  }
  yielded_ = 0;
  return may_raise;
}

void Bully::judge(const Situation& situation, const Votes& votes) {
  const std::size_t majority = situation.voters.size() / 2 + 1;
  const std::size_t potential = votes.self + votes.not_ahead;
  suspended_ = potential < majority;
  if (owns_leader()) {
    happy_ = !situation.is_tired && (potential >= majority || votes.any_ahead_and_happy);
    return;
  }
  happy_ = fresh_ || std::ranges::any_of(replies(), [this](const auto& answer) {
             return answer.second.ballot == leader_ && answer.second.happy;
           });
}

// E4: (nearly up to date, has room, priority, id). Only a preference; any order is safe.
bool Bully::yields_to_higher_rank(const Situation& situation) const {
  Index greatest = situation.last;
  for (const NodeId voter : situation.voters) {
    const auto found = replies().find(voter);
    if (found != replies().end()) greatest = std::max(greatest, found->second.last);
  }
  const auto rank = [&](Index last, bool has_room, std::uint32_t priority, NodeId id) {
    return std::tuple(last + options_.preferred_lag >= greatest, has_room, priority, id);
  };
  const auto own = rank(situation.last, situation.has_room, options_.priority, options_.self);
  return std::ranges::any_of(situation.voters, [&](NodeId voter) {
    const auto found = replies().find(voter);
    if (voter == options_.self || found == replies().end()) return false;
    const HeartbeatReply& reply = found->second;
    return reply.quorum_connected && rank(reply.last, reply.room, reply.priority, voter) > own;
  });
}

Ballot Bully::raise(Ballot promised) {
  const std::uint64_t highest = std::max({leader_.round, promised.round, greatest_round_seen_});
  ballot_ = {.round = highest + 1, .priority = options_.priority, .id = options_.self};
  leader_ = ballot_;
  happy_ = true;
  suspended_ = false;
  return ballot_;
}

void Bully::on_promised(Ballot ballot) {
  leader_ = std::max(leader_, ballot);
  on_seen_round(ballot.round);
  if (leader_ != ballot) return;
  happy_ = true;
  fresh_ = true;
}

void Bully::on_seen_round(std::uint64_t round) {
  greatest_round_seen_ = std::max(greatest_round_seen_, round);
}

bool Bully::on_link_down(NodeId peer, bool is_following_voter) {
  links_up_.erase(peer);
  if (peer != leader_.id || owns_leader() || !is_following_voter) return false;
  happy_ = false;
  fresh_ = false;
  return true;
}

bool Bully::shares_loss(const HeartbeatRequest& request, bool is_following_voter) const {
  return request.lost && *request.lost == leader_ && !happy_ && !owns_leader() && is_following_voter;
}

bool Bully::is_urgent_round_over(std::span<const NodeId> voters) const {
  if (!urgent_) return false;
  return std::ranges::all_of(voters, [this](NodeId voter) {
    return voter == options_.self || voter == leader_.id || !links_up_.contains(voter) || has_answered(voter);
  });
}

}  // namespace bellwether::election
