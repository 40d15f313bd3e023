#include "status_view.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "client/describe.hpp"

namespace bellwether::ctl {
namespace {

constexpr const char* green = "\x1b[32m";
constexpr const char* red = "\x1b[31m";
constexpr const char* plain = "\x1b[0m";
constexpr std::uint64_t advice_after_ms = 10'000;  // longer than a restart takes

std::string painted(const std::string& text, const char* paint, bool colour) {
  return colour ? paint + text + plain : text;
}

const char* role_name(MemberRole role) {
  constexpr std::array names = {"leader", "candidate", "follower", "learner"};
  return names[static_cast<std::size_t>(role)];
}

using Row = std::array<std::string, 7>;

Row row_of(const MemberStatus& member) {
  const std::uint64_t silent_s = member.unreachable_ms / 1000;
  std::string reachable = member.reachable ? "yes" : "no";
  if (!member.reachable && silent_s > 0) reachable += ", for " + std::to_string(silent_s) + " s";
  const char* const votes = member.vote ? "yes" : member.learner ? "never" : "not yet";
  return {std::to_string(number(member.id)), member.address, votes,
          member.leads ? "yes" : "",         reachable,      member.lag ? std::to_string(*member.lag) : "-",
          member.room ? "" : "full"};
}

std::string line_of(const Row& row, const std::array<std::size_t, 7>& widths) {
  std::string line = "  ";
  for (std::size_t i = 0; i < row.size(); ++i) {
    line += row[i];
    if (i + 1 < row.size()) line.append(widths[i] - row[i].size() + 2, ' ');
  }
  return line + "\n";
}

const char* paint_of(const MemberStatus& member) {
  if (!member.reachable || !member.room) return red;
  return member.leads ? green : "";
}

bool is_long_silent(const MemberStatus& member) {
  return !member.reachable && member.unreachable_ms >= advice_after_ms;
}

bool has_lost_majority_for_long(const StatusAnswer& status) {
  const auto votes = std::ranges::count_if(status.members, &MemberStatus::vote);
  const auto silent = std::ranges::count_if(
      status.members, [](const MemberStatus& member) { return member.vote && is_long_silent(member); });
  return votes - silent < votes / 2 + 1;
}

// Nobody removes a silent member by itself (--evict-after), as only a person knows whether it will come back. Who leads
// and has lost its majority names no leader, and can be asked to remove one all the same.
std::string advice(const StatusAnswer& status) {
  const bool is_removable = status.leader || status.role == MemberRole::leader;
  if (!is_removable && has_lost_majority_for_long(status)) {
    return "\nstart the missing members again; if a majority is lost for good, the last resort is "
           "bellwetherctl "
           "recover, on one stopped node\n";
  }
  std::string text;
  for (const MemberStatus& member : status.members) {
    if (!is_long_silent(member) || !is_removable) continue;
    const std::string id = std::to_string(number(member.id));
    text += "\nmember " + id + " has not answered for " + std::to_string(member.unreachable_ms / 1000) +
            " s; if it is gone for good: bellwetherctl remove " + id + "\n";
  }
  return text;
}

std::string under_way(const StatusAnswer& status) {
  std::string text;
  for (const std::string& change : status.changes) text += "\nunder way: " + change + "\n";
  return text;
}

std::string readable(const StatusAnswer& status) {
  if (status.next_offset == status.first_offset) return "no message is readable here yet";
  return "messages " + std::to_string(status.first_offset) + " to " + std::to_string(status.next_offset - 1) +
         " are readable here";
}

}  // namespace

std::string show_members(const std::vector<MemberStatus>& members, bool colour) {
  std::vector<Row> rows = {{"id", "address", "votes", "leads", "reachable", "lag", "disk"}};
  for (const MemberStatus& member : members) rows.push_back(row_of(member));
  std::array<std::size_t, 7> widths{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string table = line_of(rows.front(), widths);
  for (std::size_t i = 0; i < members.size(); ++i) {
    table += painted(line_of(rows[i + 1], widths), paint_of(members[i]), colour);
  }
  return table;
}

std::string show_status(const StatusAnswer& status, bool colour) {
  std::string text = "cluster " + status.cluster + ", as member " + std::to_string(number(status.id)) + " (" +
                     role_name(status.role) + ") sees it\n";
  if (status.leader) {
    text += "member " + std::to_string(number(status.leader->id)) + " leads, at " + status.leader->address +
            ", since ballot round " + std::to_string(status.ballot.round) + "\n";
  } else {
    text += painted("nobody leads: " + client::describe_no_leader(status), red, colour) +
            "\nmessages are refused until somebody does, so that none is lost\n";
  }
  text += readable(status) + "; the log is final up to entry " + std::to_string(status.decided) + "\n\n";
  return text + show_members(status.members, colour) + under_way(status) + advice(status);
}

}  // namespace bellwether::ctl
