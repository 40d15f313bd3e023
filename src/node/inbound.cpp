#include "node/inbound.hpp"

#include <algorithm>
#include <vector>

#include "node/refusals.hpp"

namespace bellwether::node {

std::optional<ErrorAnswer> Inbound::admit(const ConnectionPtr& connection, const Hello& hello,
                                          const state::State& decided) {
  if (auto refused = refusal_of(hello, own_, decided)) return refused;
  const auto now = std::chrono::steady_clock::now();
  std::vector<ConnectionPtr> superseded;
  for (const auto& [other, member] : members_) {
    if (member.id != hello.from || other == connection.get()) continue;
    if (member.incarnation != hello.incarnation && now - member.heard < alive_within_) {
      return refusal(ErrorCode::id_in_use,
                     "another process runs as node " + std::to_string(number(hello.from)),
                     "stop one of them: two nodes must not run on copies of one data directory");
    }
    superseded.push_back(member.connection);
  }
  for (const auto& old : superseded) old->close();
  members_[connection.get()] = Member{connection, hello.from, hello.incarnation, now};
  return std::nullopt;
}

std::optional<NodeId> Inbound::sender(const transport::Connection& connection) {
  const auto found = members_.find(&connection);
  if (found == members_.end()) return std::nullopt;
  found->second.heard = std::chrono::steady_clock::now();
  return found->second.id;
}

std::optional<NodeId> Inbound::on_closed(const transport::Connection& connection) {
  const auto found = members_.find(&connection);
  if (found == members_.end()) return std::nullopt;
  const auto id = found->second.id;
  members_.erase(found);
  const bool others =
      std::ranges::any_of(members_, [id](const auto& other) { return other.second.id == id; });
  return others ? std::nullopt : std::optional(id);
}

}  // namespace bellwether::node
