#include "node/status.hpp"

#include "node/refusals.hpp"
#include "node/story.hpp"

namespace bellwether::node {
namespace {

MemberRole role_of(const StatusSource& source) {
  if (!source.replica.tail_state().members().is_voter(source.self)) return MemberRole::learner;
  switch (source.replica.role()) {
    case replication::Role::leader:
      return MemberRole::leader;
    case replication::Role::candidate:
      return MemberRole::candidate;
    case replication::Role::follower:
      return MemberRole::follower;
  }
  return MemberRole::follower;
}

void add_view(MemberStatus& status, const StatusSource& source) {
  const bool is_self = status.id == source.self;
  const auto view = is_self ? replication::PeerView{} : source.replica.peer(status.id);
  status.reachable = is_self || view.answered;
  if (!status.reachable) {
    status.unreachable_ms = view.silent_rounds * static_cast<std::uint64_t>(source.heartbeat.count());
  }
  status.room = is_self ? source.replica.room() == replication::Room::enough : view.has_room;
  status.lag = is_self && status.leads ? std::optional<std::uint64_t>(0) : view.lag;
}

}  // namespace

MembersAnswer members_of(const StatusSource& source) {
  MembersAnswer answer;
  for (const auto& [id, member] : source.replica.tail_state().members().all()) {
    MemberStatus status;
    status.id = id;
    status.address = member.address;
    status.vote = member.votes;
    status.learner = member.stays_learner;
    status.leads = source.replica.leader() == id;
    status.priority = member.priority;
    add_view(status, source);
    answer.members.push_back(std::move(status));
  }
  return answer;
}

LeaderAnswer leader_of(const StatusSource& source) {
  return LeaderAnswer{leader_info(source.replica), source.replica.leader_ballot()};
}

StatusAnswer status_of(const StatusSource& source, Offset first_offset) {
  const auto& replica = source.replica;
  StatusAnswer answer;
  answer.cluster = source.cluster;
  answer.id = source.self;
  answer.role = role_of(source);
  answer.leader = leader_info(replica);
  answer.ballot = replica.leader_ballot();
  answer.decided = replica.decided();
  answer.first_offset = first_offset;
  answer.next_offset = replica.decided_state().next_offset();
  answer.members = members_of(source).members;
  answer.former = replica.decided_state().former();
  answer.no_leader = why_nobody_leads(replica, source.self);
  answer.changes = changes_under_way(replica);
  return answer;
}

}  // namespace bellwether::node
