#include "node/requests.hpp"

#include <utility>

namespace bellwether::node {

Group group_of(const AppendRequest& request) {
  Group group;
  group.producer = request.producer;
  group.sequence = request.sequence;
  group.count = request.count;
  group.bytes = static_cast<std::uint32_t>(request.messages.size());
  return group;
}

replication::RequestId Requests::add(Asker asker) {
  const replication::RequestId request{++last_};
  waiting_.emplace(request, std::move(asker));
  return request;
}

std::optional<Asker> Requests::take(replication::RequestId request) {
  const auto found = waiting_.find(request);
  if (found == waiting_.end()) return std::nullopt;
  auto asker = std::move(found->second);
  waiting_.erase(found);
  return asker;
}

std::vector<replication::RequestId> Requests::take_all_of(const transport::Connection& connection) {
  std::vector<replication::RequestId> taken;
  for (const auto& [request, asker] : waiting_) {
    if (asker.connection.get() == &connection) taken.push_back(request);
  }
  for (const auto request : taken) waiting_.erase(request);
  return taken;
}

}  // namespace bellwether::node
