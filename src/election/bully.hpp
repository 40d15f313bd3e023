// election/bully.hpp: who should lead, by quorum-connectivity: a node is happy with a leader while that
// leader is; an unhappy node that hears a majority, and nobody happy, raises its own ballot, the highest
// rank first.
// Source:  consensus.md section 5 (Ng, Haridi, Carbone, "Omni-Paxos", EuroSys 2023, Ballot Leader Election,
//          with the bully's ranks, with the rule that no answering happy voter is overruled, and with
//          link-down hints).
// Units:   rounds; the caller decides how long one lasts.
// Errors:  none.
// Threads: none, no lock.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>

#include "election/heartbeat_round.hpp"
#include "protocol/ballot.hpp"
#include "protocol/messages.hpp"

namespace bellwether::election {

constexpr int yield_rounds = 2;  // evaluations for which a lower rank gives way to a higher one (E4)

struct BullyOptions {
  NodeId self = nobody;
  std::uint32_t priority = 0;
  std::uint64_t preferred_lag = 1'000;  // entries that a node may lack and still be preferred (LAG)
};

// What the election has to know of the rest of its node when a round ends.
struct Situation {
  std::span<const NodeId> voters;  // of the configuration in force, ascending
  Ballot promised;
  Index last = 0;
  bool is_tired = false;     // it owns the greatest ballot and is a follower, or a candidate without progress
  bool is_unfit = false;     // to lead: its disk is stalled (E12), or has lost entries (S6)
  bool has_room = true;      // on the disk
  bool stands_back = false;  // it could not adopt what the others have: for others to lead
};

class Bully {
 public:
  Bully(const BullyOptions& options, Ballot promised);

  // ---- rounds
  HeartbeatRequest open_round(std::optional<Ballot> lost);
  HeartbeatReply answer(const HeartbeatRequest& request, Index last, bool has_room) const;
  void on_reply(NodeId from, const HeartbeatReply& reply);
  // The first half of a round's end: the greatest ballot among the answers, whoever gave them (E2).
  void learn_leader();
  // The second half (E3): judges the leader; true: raise the ballot now.
  bool close_round(const Situation& situation);
  Ballot raise(Ballot promised);  // R3: above everything that was ever heard of

  // ---- events between rounds
  void on_promised(Ballot ballot);          // E7: the running round does not judge a new leader
  void on_seen_round(std::uint64_t round);  // E13
  void on_link_up(NodeId peer) { links_up_.insert(peer); }
  // E8: whether the leader is what was lost: start an urgent round then.
  bool on_link_down(NodeId peer, bool is_following_voter);
  // E10: whether to look again, as the last one that has not noticed the leader's death.
  bool shares_loss(const HeartbeatRequest& request, bool is_following_voter) const;
  void expect_urgently() { urgent_ = true; }
  // E9: an urgent round ends when all voters that could answer have.
  bool is_urgent_round_over(std::span<const NodeId> voters) const;

  // ---- questions
  Ballot ballot() const { return ballot_; }  // own
  Ballot leader() const { return leader_; }  // greatest known
  bool owns_leader() const { return leader_ == ballot_; }
  bool is_happy() const { return happy_; }
  bool is_quorum_connected() const { return quorum_connected_; }
  bool is_suspended() const {
    return suspended_;
  }  // as a leader it could have nothing accepted by a majority
  const HeartbeatRound::Replies& replies() const { return round_.replies(); }
  HeartbeatRequest running_request() const { return round_.request_again(); }
  bool has_answered(NodeId id) const { return round_.has_answered(id); }
  bool is_urgent() const { return urgent_; }  // the running round

 private:
  struct Votes;  // what the voters among the answers say

  Votes count(const Situation& situation) const;
  void judge(const Situation& situation, const Votes& votes);
  bool yields_to_higher_rank(const Situation& situation) const;

  BullyOptions options_;
  HeartbeatRound round_;
  Ballot ballot_;
  Ballot leader_;
  std::uint64_t greatest_round_seen_;
  bool happy_ = false;
  bool fresh_ = false;
  bool quorum_connected_ = false;
  bool suspended_ = false;
  bool urgent_ = false;
  int yielded_ = 0;
  std::set<NodeId> links_up_;
};

}  // namespace bellwether::election
