#include "node/member_metrics.hpp"

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace bellwether::node {
namespace {

using Samples = std::vector<metrics::Exposition::Sample>;

double value(std::uint64_t count) { return static_cast<double>(count); }
double value(bool is) { return is ? 1 : 0; }

void add_role(metrics::Exposition& exposition, const StatusAnswer& status) {
  constexpr std::array roles = {
      std::pair{MemberRole::leader, "leader"}, std::pair{MemberRole::candidate, "candidate"},
      std::pair{MemberRole::follower, "follower"}, std::pair{MemberRole::learner, "learner"}};
  Samples samples;
  for (const auto& [role, name] : roles) samples.push_back({{{"role", name}}, value(status.role == role)});
  exposition.gauges("bellwether_role", "1 for what this member is, 0 for what it is not.", samples);
  exposition.gauge("bellwether_leader_known", "1 while this member knows who leads.",
                   value(status.leader.has_value()));
  exposition.gauge("bellwether_ballot_round",
                   "The greatest leader's ballot that this member knows: its round.",
                   value(status.ballot.round));
}

void add_members(metrics::Exposition& exposition, const StatusAnswer& status) {
  std::uint64_t voters = 0;
  std::uint64_t learners = 0;
  Samples reachable;
  Samples lags;
  for (const auto& member : status.members) {
    if (member.vote) ++voters;
    if (!member.vote && member.learner) ++learners;
    if (member.id == status.id) continue;
    const metrics::Exposition::Labels labels = {{"member", std::to_string(number(member.id))}};
    reachable.push_back({labels, value(member.reachable)});
    if (member.lag) lags.push_back({labels, value(*member.lag)});
  }
  const std::uint64_t joining = status.members.size() - voters - learners;
  exposition.gauges("bellwether_members", "Members, by what they are: joining ones catch up and vote then.",
                    {{{{"state", "voter"}}, value(voters)},
                     {{{"state", "learner"}}, value(learners)},
                     {{{"state", "joining"}}, value(joining)}});
  if (!reachable.empty()) {
    exposition.gauges("bellwether_member_reachable", "1 for each other member that answers this one.",
                      reachable);
  }
  if (!lags.empty()) {
    exposition.gauges("bellwether_replication_lag_entries",
                      "Entries that each other member is behind; the leader alone knows.", lags);
  }
}

bool has_room(const StatusAnswer& status) {
  for (const auto& member : status.members) {
    if (member.id == status.id) return member.room;
  }
  return true;
}

}  // namespace

void add_member(metrics::Exposition& exposition, const StatusAnswer& status, const Holdings& holdings) {
  add_role(exposition, status);
  add_members(exposition, status);
  exposition.gauge("bellwether_log_decided_index", "The last entry that this member knows to be decided.",
                   value(status.decided));
  exposition.gauge("bellwether_log_first_offset", "The first message that this member still has.",
                   value(status.first_offset));
  exposition.gauge("bellwether_log_next_offset",
                   "The offset that the next message gets, as this member knows it.",
                   value(status.next_offset));
  exposition.gauge("bellwether_log_bytes", "Size of the log that this member keeps.",
                   value(holdings.log_bytes));
  exposition.gauge("bellwether_disk_room", "1 while this member's disk has room for messages.",
                   value(has_room(status)));
  exposition.gauge("bellwether_unsynced_bytes", "Handed to the disk and not durable yet.",
                   value(holdings.unsynced_bytes));
  exposition.gauge("bellwether_undecided_bytes", "Of entries that are not decided yet, in memory.",
                   value(holdings.undecided_bytes));
}

}  // namespace bellwether::node
