#include "node/story.hpp"

#include "node/refusals.hpp"

namespace bellwether::node {
namespace {

constexpr std::size_t changes_max = 8;  // a status fits one header line, however many join at once

using state::Member;
using state::Members;

std::string name(NodeId id, const Member& member) { return names_of({{id, member.address}}); }

// In the log of this node, but not final.
void add_undecided(const Members& before, const Members& after, std::vector<std::string>& changes) {
  const std::string ending = "; a majority has not stored that yet";
  for (const auto& [id, member] : after.all()) {
    const Member* old = before.find(id);
    if (old == nullptr) {
      changes.push_back(name(id, member) + " joins" + ending);
    } else if (member.votes != old->votes) {
      changes.push_back(name(id, member) + " becomes a voter" + ending);
    } else if (member != *old) {
      changes.push_back(name(id, *old) + " moves to " + member.address + ", priority " +
                        std::to_string(member.priority) + ending);
    }
  }
  for (const auto& [id, member] : before.all()) {
    if (!after.has(id)) changes.push_back(name(id, member) + " is removed" + ending);
  }
}

void add_catching_up(const replication::Replica& replica, std::vector<std::string>& changes) {
  for (const auto& [id, member] : replica.decided_state().members().all()) {
    if (member.votes || member.stays_learner || !replica.tail_state().members().has(id)) continue;
    const auto lag = replica.peer(id).lag;  // known to the leader
    changes.push_back(name(id, member) + " catches up" +
                      (lag ? ", " + std::to_string(*lag) + " entries behind" : "") +
                      "; then it becomes a voter");
  }
}

}  // namespace

std::string why_nobody_leads(const replication::Replica& replica, NodeId self) {
  if (replica.leader()) return {};
  if (replica.is_removed()) return "this node is no member any more";
  const Members& members = replica.tail_state().members();
  const std::size_t answering = replica.answering_voters().size();
  if (answering < members.majority()) {
    return "no majority: of " + std::to_string(members.voters().size()) + " voters " +
           std::to_string(members.majority()) + " are needed, and this node reaches " +
           std::to_string(answering) + "; missing: " + names_of(missing_voters(replica));
  }
  if (!replica.is_whole()) {
    return "this node may not stand for election, since damage took entries from its disk; it waits for "
           "another "
           "one to lead and to send them again";
  }
  if (replica.disk_stalled()) {
    return "this node does not stand for election while its disk takes no writes; it waits for another one "
           "to lead";
  }
  if (!members.is_voter(self)) return "this node has no vote; it waits for the voters to elect a leader";
  if (replica.role() == replication::Role::candidate)
    return "an election is going on: this node stands and waits for the promises of a majority";
  return "an election is going on";
}

std::vector<std::string> changes_under_way(const replication::Replica& replica) {
  std::vector<std::string> changes;
  if (replica.is_handing_over()) changes.emplace_back("the leadership is handed over");
  add_undecided(replica.decided_state().members(), replica.tail_state().members(), changes);
  add_catching_up(replica, changes);
  if (changes.size() > changes_max) {
    const std::size_t more = changes.size() - changes_max;
    changes.resize(changes_max);
    changes.push_back("and " + std::to_string(more) + " more");
  }
  return changes;
}

}  // namespace bellwether::node
