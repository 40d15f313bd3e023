#include "node/requests.hpp"

#include <utility>

namespace bellwether::node {
namespace {

constexpr std::size_t queue_worth_thinning = 1024;
constexpr std::size_t places_per_waiting_max = 8;

}  // namespace

using replication::RequestId;

Group group_of(const AppendRequest& request) {
  Group group;
  group.producer = request.producer;
  group.sequence = request.sequence;
  group.count = request.count;
  group.bytes = static_cast<std::uint32_t>(request.messages.size());
  return group;
}

RequestId Requests::add(Asker asker) {
  const RequestId request{first_ + queue_.size()};
  queue_.emplace_back(std::move(asker));
  ++waiting_;
  if (queue_.size() > queue_worth_thinning && queue_.size() > places_per_waiting_max * waiting_)
    put_oldest_apart();
  return request;
}

std::optional<Asker> Requests::take(RequestId request) {
  const auto number = static_cast<std::uint64_t>(request);
  if (number < first_) {
    auto node = apart_.extract(request);
    if (node.empty()) return std::nullopt;
    return std::move(node.mapped());
  }
  if (number >= first_ + queue_.size()) return std::nullopt;
  auto asker = std::exchange(queue_[number - first_], std::nullopt);
  if (asker) --waiting_;
  pop_answered();
  return asker;
}

std::vector<RequestId> Requests::take_all_of(const transport::Connection& connection) {
  std::vector<RequestId> taken;
  for (const auto& [request, asker] : apart_) {
    if (asker.connection.get() == &connection) taken.push_back(request);
  }
  for (std::size_t i = 0; i < queue_.size(); ++i) {
    if (queue_[i] && queue_[i]->connection.get() == &connection) taken.push_back(RequestId{first_ + i});
  }
  for (const auto request : taken) take(request);
  return taken;
}

void Requests::pop_answered() {
  while (!queue_.empty() && !queue_.front()) {
    queue_.pop_front();
    ++first_;
  }
}

void Requests::put_oldest_apart() {
  apart_.emplace(RequestId{first_}, *std::exchange(queue_.front(), std::nullopt));
  --waiting_;
  pop_answered();
}

}  // namespace bellwether::node
