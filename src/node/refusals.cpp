#include "node/refusals.hpp"

#include <algorithm>
#include <utility>

namespace bellwether::node {
namespace {

struct Words {
  const char* message;
  const char* hint;
};

// For the refusals that the core gives no reason for; explain() completes those that carry more than words.
Words words_for(ErrorCode code) {
  switch (code) {
    case ErrorCode::not_leader:
      return {"this node is not the leader", "send the request to the leader"};
    case ErrorCode::no_leader:
      return {"there is no leader at the moment", "an election takes a moment: try again"};
    case ErrorCode::retry:
      return {"not done: the cluster is in the middle of a change", "send the request again"};
    case ErrorCode::unknown:
      return {"it could not be told in time whether this was stored",
              "repeat it only with the same producer and sequence, else it may be stored twice"};
    case ErrorCode::unknown_producer:
      return {"the cluster does not know this producer",
              "what was not acknowledged may or may not be stored: register anew only if storing it twice is "
              "acceptable"};
    case ErrorCode::sequence_gap:
      return {"a sequence number was left out", "send the groups of a producer in order, from `expected` on"};
    case ErrorCode::busy:
      return {"the cluster takes no more at the moment", "try again a little later"};
    case ErrorCode::disk_full:
      return {
          "there is no room for messages on the disk of this node or on those of a majority",
          "nothing was stored; it goes on by itself as soon as there is room: send it again, make room, or "
          "add a member that has some"};
    case ErrorCode::leaving:
      return {"this node is leaving the cluster", "ask another member"};
    case ErrorCode::removed:
      return {"this node is no member any more", "ask another member"};
    case ErrorCode::refused:
      return {"refused", ""};
    default:
      return {"the request cannot be done", ""};
  }
}

ErrorAnswer no_majority(const replication::Replica& replica) {
  const auto needed = replica.tail_state().members().majority();
  const auto answering = replica.answering_voters().size();
  auto missing = missing_voters(replica);
  auto answer = refusal(ErrorCode::no_majority,
                        "no majority of the cluster can be reached: votes needed " + std::to_string(needed) +
                            ", answering " + std::to_string(answering) + "; missing: " + names_of(missing),
                        "nothing is stored until then. " + way_out(replica));
  answer.needed = needed;
  answer.answering = answering;
  answer.missing = std::move(missing);
  return answer;
}

}  // namespace

std::string way_out(const replication::Replica& replica) {
  if (replica.role() == replication::Role::leader) {
    return "Start the missing nodes again; one that is gone for good can be removed as long as this node, "
           "which leads, "
           "is not stopped: bellwetherctl remove ID";
  }
  return "Start the missing nodes again, or the leader alone, which can remove one that is gone for good "
         "(bellwetherctl remove ID). The last resort, if a majority is lost for good: bellwetherctl recover, "
         "on one "
         "stopped node";
}

ErrorAnswer refusal(ErrorCode code, std::string message, std::string hint) {
  ErrorAnswer answer;
  answer.code = code;
  answer.message = std::move(message);
  answer.hint = std::move(hint);
  return answer;
}

LeaderInfo member_info(const replication::Replica& replica, NodeId id) {
  const auto* member = replica.tail_state().members().find(id);
  return LeaderInfo{id, member == nullptr ? std::string() : member->address};
}

std::optional<LeaderInfo> leader_info(const replication::Replica& replica) {
  const auto leader = replica.leader();
  return leader ? std::optional(member_info(replica, *leader)) : std::nullopt;
}

ErrorAnswer explain(const replication::Refused& refused, const replication::Replica& replica) {
  const bool nobody_missing =
      missing_voters(replica).empty();  // they are back, the leader goes on after this round
  if (refused.code == ErrorCode::no_majority && !nobody_missing) return no_majority(replica);
  const auto code = refused.code == ErrorCode::no_majority ? ErrorCode::retry : refused.code;
  const auto words = words_for(code);
  auto answer = refusal(code, refused.reason.empty() ? words.message : refused.reason, words.hint);
  if (refused.code == ErrorCode::not_leader) {
    answer.leader = member_info(replica, refused.leader);
    answer.message +=
        "; node " + std::to_string(number(refused.leader)) + " at " + answer.leader->address + " is";
  }
  if (refused.expected) {
    answer.expected = refused.expected;
    answer.message += "; expected " + std::to_string(*refused.expected);
  }
  return answer;
}

std::vector<LeaderInfo> voters_without_room(const replication::Replica& replica, NodeId self) {
  std::vector<LeaderInfo> full;
  for (const auto id : replica.tail_state().members().voters()) {
    const bool has_room =
        id == self ? replica.room() == replication::Room::enough : replica.peer(id).has_room;
    if (!has_room) full.push_back(member_info(replica, id));
  }
  return full;
}

std::vector<LeaderInfo> missing_voters(const replication::Replica& replica) {
  const auto answering = replica.answering_voters();
  std::vector<LeaderInfo> missing;
  for (const auto id : replica.tail_state().members().voters()) {
    if (std::ranges::find(answering, id) == answering.end()) missing.push_back(member_info(replica, id));
  }
  return missing;
}

std::string names_of(const std::vector<LeaderInfo>& members) {
  std::string names;
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (i > 0) names += i + 1 == members.size() ? " and " : ", ";
    names += "node " + std::to_string(number(members[i].id)) + " (" + members[i].address + ")";
  }
  return names.empty() ? "nobody" : names;
}

}  // namespace bellwether::node
