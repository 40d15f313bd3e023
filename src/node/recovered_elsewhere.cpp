#include "node/recovered_elsewhere.hpp"

#include <algorithm>

#include "node/refusals.hpp"

namespace bellwether::node {

std::vector<Successor> successors_among(const std::string& cluster,
                                        const std::vector<Inquiry::Finding>& findings) {
  std::vector<Successor> successors;
  for (const auto& finding : findings) {
    const auto& former = finding.status.former;
    if (finding.status.cluster == cluster) return {};
    if (std::ranges::find(former, cluster) != former.end())
      successors.push_back({finding.status.cluster, {finding.status.id, finding.address}});
  }
  return successors;
}

std::string given_up(const std::string& cluster, const std::vector<Successor>& successors) {
  std::string text = "cluster " + cluster + " had lost its majority and was recovered";
  for (const auto& [name, member] : successors)
    text += " as cluster " + name + ", as " + names_of({member}) + " says,";
  text += " without this node: what only this node has is not in it. ";
  text += successors.size() == 1
              ? "Start it with --rejoin to join that cluster anew;"
              : "These are two, which never mix: start it with --rejoin and --clusterip of a member of "
                "one of them to join that one anew;";
  return text +
         " what is in its directory is kept aside then, and bellwetherctl inspect still shows it. (If a "
         "majority of the old cluster is there after all: start its members together, without those that "
         "were "
         "recovered)";
}

void RecoveredElsewhere::hear(const Successor& successor) {
  const auto [known, is_new] = successors_.emplace(successor.cluster, successor.member);
  if (!is_new && is_meant(successor.member)) known->second = successor.member;
}

void RecoveredElsewhere::forget(NodeId member) {
  std::erase_if(successors_, [member](const auto& successor) { return successor.second.id == member; });
}

std::vector<Successor> RecoveredElsewhere::on_step(bool has_leader, Clock::time_point now) {
  if (has_leader || !leaderless_since_) leaderless_since_ = now;
  if (now - *leaderless_since_ < patience) return {};
  const bool some_are_meant =
      std::ranges::any_of(successors_, [this](const auto& successor) { return is_meant(successor.second); });
  std::vector<Successor> chosen;
  for (const auto& [cluster, member] : successors_) {
    if (!some_are_meant || is_meant(member)) chosen.push_back({cluster, member});
  }
  return chosen;
}

bool RecoveredElsewhere::is_meant(const LeaderInfo& member) const {
  return std::ranges::find(meant_, member.address) != meant_.end();
}

}  // namespace bellwether::node
