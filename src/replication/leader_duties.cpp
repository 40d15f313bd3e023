// The leader's duties at the end of a heartbeat round, changes of the membership, and hand-over.
#include <algorithm>
#include <string>
#include <tuple>
#include <utility>

#include "replication/leader.hpp"

namespace bellwether::replication {
namespace {

constexpr std::uint64_t stuck_rounds_max = 2;     // E14
constexpr std::uint64_t priority_rounds_min = 3;  // H3

}  // namespace

bool Leader::end_round() {
  follow_progress();
  const Ticks patience = core_.bully.is_suspended() ? 0 : core_.options.answer_within;
  if (core_.now >= patience) refuse_doubted(core_.now - patience);
  if (must_win_back_a_member()) return true;
  if (hand_over_.end_round()) {
    hand_over_.end();
    for (const RequestId request : hand_over_.take_waiters()) core_.refuse(request, ErrorCode::retry);
  }
  check_hand_over();
  check_own_disk();
  check_room();
  check_priorities();
  change_membership();
  decided_at_round_ = core_.log.decided();
  return false;
}

// L4: every member hears something every round; who did not move is asked again from where it is known to
// match.
void Leader::follow_progress() {
  std::erase_if(progress_, [this](const auto& item) { return !core_.config().has(item.first); });
  for (const auto& [id, member] : core_.config().all()) {
    if (id == core_.options.self) continue;
    Progress& progress = progress_of(id);
    const bool is_stuck = progress.match == progress.match_at_round && progress.match < core_.log.last();
    if (is_stuck || progress.is_doubtful) {
      progress.rewind();
      // A base takes room whatever is in it: who has some again says so to an empty probe.
      const bool needs_base = progress.next <= core_.log.base_index();
      if (core_.without_room.contains(id) && !needs_base) progress.offer_one_entry();
    }
    progress.match_at_round = progress.match;
    send_entries(id, true);
  }
}

// E14: that member promised a candidate that is gone and would never accept from us again.
bool Leader::must_win_back_a_member() {
  std::uint64_t above = 0;
  for (const auto& [id, reply] : core_.bully.replies()) {
    if (id == core_.options.self || !core_.config().has(id)) continue;
    Progress& progress = progress_of(id);
    const bool is_stuck = reply.leader > core_.promised && !reply.happy;
    progress.stuck_rounds = is_stuck ? progress.stuck_rounds + 1 : 0;
    if (progress.stuck_rounds >= stuck_rounds_max) above = std::max(above, reply.leader.round);
  }
  const bool leads = core_.bully.is_happy() && core_.bully.owns_leader() && !core_.bully.is_suspended();
  if (above == 0 || !leads || is_handing_over()) return false;
  core_.bully.on_seen_round(above);
  return true;
}

// ---- membership

void Leader::apply(Change change) {
  if (!change.notice.empty()) core_.notice(std::move(change.notice));
  append_entry(std::move(change.content));
}

void Leader::change_membership() {
  if (!membership().may_grow()) return;
  for (const auto& [id, member] : core_.config().all()) {
    if (id == core_.options.self) continue;
    auto change = membership().promotion(id, progress_of(id).match, decided_at_round_);
    if (!change) change = membership().eviction(id);
    if (change) return apply(*std::move(change));
  }
}

void Leader::join(RequestId request, const Join& join) {
  Decision decision = membership().join(join);
  if (const auto* answer = std::get_if<Answer>(&decision)) return core_.answer(request, *answer);
  apply(std::get<Change>(std::move(decision)));
  core_.refuse(request, ErrorCode::retry);  // G4: the joiner asks again until its member record is decided
}

void Leader::remove(RequestId request, NodeId member) {
  const state::Members& config = core_.config();
  if (!config.has(member) && member >= config.next_id()) {
    Refused refused;
    refused.code = ErrorCode::refused;
    refused.reason = "there never was a node " + std::to_string(number(member));
    return core_.answer(request, std::move(refused));
  }
  if (!config.has(member)) {
    if (core_.log.decided_state().members().knows_removed(member)) return core_.answer(request, AdminDone{});
    // Its removal is undecided, and so may be its coming, in a log that was adopted: it is not behind the last change.
    const Index at = config.changed_at();
    return core_.waiters.add(at, core_.log.ballot_at(at), request, AdminDone{}, core_.now);
  }
  if (member == core_.options.self && config.voters().size() > 1) {
    resign();  // G6: the next leader removes this one
    return core_.refuse(request, ErrorCode::retry);
  }
  decide_request(request, membership().remove(member));
}

// A change whose request is answered when it is decided.
void Leader::decide_request(RequestId request, Decision decision) {
  if (const auto* answer = std::get_if<Answer>(&decision)) return core_.answer(request, *answer);
  seal();
  core_.waiters.add(core_.log.last() + 1, core_.promised, request, AdminDone{}, core_.now);
  apply(std::get<Change>(std::move(decision)));
}

void Leader::update_member(NodeId member, const std::string& address, std::uint32_t priority) {
  const state::Member* known = core_.config().find(member);
  if (known == nullptr || !membership().may_change()) return;
  if (known->address == address && known->priority == priority) return;
  append_entry(UpdateMember{.id = member, .address = address, .priority = priority});
}

// ---- hand-over

void Leader::move_leader(RequestId request, NodeId member) {
  if (member == core_.options.self) return core_.answer(request, AdminDone{});
  if (!core_.config().is_voter(member)) {
    Refused refused;
    refused.code = ErrorCode::refused;
    refused.reason = "node " + std::to_string(number(member)) +
                     " is no voter of this cluster; bellwetherctl members shows those it has";
    return core_.answer(request, std::move(refused));
  }
  if (std::string obstacle = obstacle_to_lead(member); !obstacle.empty()) {
    Refused refused;
    refused.code = ErrorCode::retry;
    refused.reason = std::move(obstacle);
    return core_.answer(request, std::move(refused));
  }
  hand_over_.add_waiter(request);
  begin_hand_over(member);
}

// Clients are refused as long as a hand-over lasts: one that cannot succeed is not begun.
std::string Leader::obstacle_to_lead(NodeId member) const {
  const std::string name = "node " + std::to_string(number(member));
  if (!core_.answers(member)) return name + " does not answer";
  const Progress* known = progress(member);
  const Index match = known == nullptr ? 0 : known->match;
  if (match < decided_at_round_)
    return name + " has not caught up: it lacks " + std::to_string(core_.log.decided() - match) + " entries";
  return {};
}

void Leader::resign() {
  const NodeId successor = best_successor();
  if (successor != nobody && !is_handing_over()) begin_hand_over(successor);
}

void Leader::begin_hand_over(NodeId target) {
  seal();
  hand_over_.begin(target);
  check_hand_over();
}

void Leader::check_hand_over() {
  if (!is_handing_over()) return;
  const Progress& progress = progress_of(hand_over_.target());
  if (progress.match == core_.log.last() && core_.log.decided() == core_.log.last()) {
    core_.send(hand_over_.target(), TakeOver{.ballot = core_.promised});
  }
}

NodeId Leader::best_successor() const {
  const auto fitness = [this](NodeId id) {
    const Progress* known = progress(id);
    return std::tuple(known == nullptr ? 0 : known->match, !core_.without_room.contains(id),
                      core_.config().find(id)->priority, id);
  };
  NodeId best = nobody;
  for (const NodeId voter : core_.config().voters()) {
    if (voter == core_.options.self || !core_.answers(voter)) continue;
    if (best == nobody || fitness(voter) > fitness(best)) best = voter;
  }
  return best;
}

// H3: a leader whose disk is stalled, or does not keep up, goes on through the others' disks, and makes way for one of
// them before memory is full of what its own has not synced.
void Leader::check_own_disk() {
  if (rounds_to_lead_without_disk_ > 0) --rounds_to_lead_without_disk_;  // it leads between attempts
  if (!core_.disk_stalled() && !lags_behind_other_disks()) return;
  if (rounds_to_lead_without_disk_ > 0 || is_handing_over()) return;
  rounds_to_lead_without_disk_ = stalled_after_rounds;
  const NodeId successor = best_successor();
  if (successor == nobody) return;
  core_.notice("this node's disk does not keep up with those of the others: node " +
               std::to_string(number(successor)) + " is to lead in its place");
  begin_hand_over(successor);
}

// What is decided is on a majority of the disks. Where no other disk is ahead it would change nothing to hand over.
bool Leader::lags_behind_other_disks() const {
  return core_.log.bytes_between(core_.log.durable(), core_.log.decided()) >
         core_.options.unsynced_bytes_max / 2;
}

// S5, H3: a leader without room makes way for a voter that has some. If there is none it leads on, for what the
// reserve is for; nobody takes over only to find the same.
void Leader::check_room() {
  if (rounds_to_lead_without_room_ > 0) --rounds_to_lead_without_room_;
  if (core_.has_room()) return;
  // A target may have lost its own room meanwhile.
  const bool is_in_vain = is_handing_over() && core_.without_room.contains(hand_over_.target());
  if (!is_in_vain && (is_handing_over() || rounds_to_lead_without_room_ > 0)) return;
  const NodeId successor = successor_with_room();
  if (successor == nobody) return;
  for (const RequestId request : hand_over_.take_waiters()) core_.refuse(request, ErrorCode::retry);
  rounds_to_lead_without_room_ = stalled_after_rounds;
  begin_hand_over(successor);
}

NodeId Leader::successor_with_room() const {
  NodeId best = nobody;
  for (const NodeId voter : core_.config().voters()) {
    const auto reply = core_.bully.replies().find(voter);
    if (voter == core_.options.self || reply == core_.bully.replies().end()) continue;
    const Progress* known = progress(voter);
    const bool is_fit = reply->second.room && reply->second.quorum_connected && known != nullptr &&
                        known->match >= decided_at_round_;
    if (!is_fit) continue;
    const auto priority = [this](NodeId id) { return std::tuple(core_.config().find(id)->priority, id); };
    if (best == nobody || priority(voter) > priority(best)) best = voter;
  }
  return best;
}

// H3: a higher priority gets the leadership back once it has caught up, and if it has room.
void Leader::check_priorities() {
  if (is_handing_over() || !core_.bully.is_happy() || core_.log.decided() < start_) return;
  for (const NodeId voter : core_.config().voters()) {
    const auto reply = core_.bully.replies().find(voter);
    if (voter == core_.options.self || reply == core_.bully.replies().end()) continue;
    Progress& progress = progress_of(voter);
    const bool is_fit = reply->second.priority > core_.options.priority && reply->second.quorum_connected &&
                        reply->second.room && progress.match >= decided_at_round_;
    progress.priority_rounds = is_fit ? progress.priority_rounds + 1 : 0;
    if (progress.priority_rounds < priority_rounds_min) continue;
    progress.priority_rounds = 0;  // if it fails, the leader leads for a while before it tries again
    return begin_hand_over(voter);
  }
}

}  // namespace bellwether::replication
