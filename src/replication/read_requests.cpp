#include "replication/read_requests.hpp"

namespace bellwether::replication {

void ReadRequests::ask(RequestId request) {
  const std::uint64_t number = next_number_++;
  unconfirmed_.emplace(number, request);
  send(number);
}

void ReadRequests::ask_again() {
  for (const auto& [number, request] : unconfirmed_) send(number);
}

void ReadRequests::send(std::uint64_t number) {
  const NodeId leader = core_.promised.id;
  if (leader != nobody && leader != core_.options.self)
    core_.send(leader, ReadIndexRequest{.request = number});
}

void ReadRequests::on_reply(const ReadIndexReply& reply) {
  const auto found = unconfirmed_.find(reply.request);
  if (found == unconfirmed_.end()) return;
  confirmed_.emplace(reply.index, found->second);
  unconfirmed_.erase(found);
}

void ReadRequests::on_decided() {
  while (!confirmed_.empty() && confirmed_.begin()->first <= core_.log.decided()) {
    core_.answer(confirmed_.begin()->second, ReadDone{.index = confirmed_.begin()->first});
    confirmed_.erase(confirmed_.begin());
  }
}

void ReadRequests::forget(RequestId request) {
  std::erase_if(unconfirmed_, [request](const auto& item) { return item.second == request; });
  std::erase_if(confirmed_, [request](const auto& item) { return item.second == request; });
}

void ReadRequests::refuse_all(ErrorCode code) {
  for (const auto& [number, request] : unconfirmed_) core_.refuse(request, code);
  for (const auto& [index, request] : confirmed_) core_.refuse(request, code);
  unconfirmed_.clear();
  confirmed_.clear();
}

std::vector<RequestId> ReadRequests::take_unconfirmed() {
  std::vector<RequestId> requests;
  for (const auto& [number, request] : unconfirmed_) requests.push_back(request);
  unconfirmed_.clear();
  return requests;
}

}  // namespace bellwether::replication
