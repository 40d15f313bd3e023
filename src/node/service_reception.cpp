#include "node/service_reception.hpp"

#include "node/refusals.hpp"

namespace bellwether::node {
namespace {

Packet not_yet() {
  return refusal(ErrorCode::no_leader, "this node has not joined a cluster yet", "try again soon");
}

}  // namespace

Packet ServiceReception::status() { return member_ != nullptr ? member_->status() : not_yet(); }
Packet ServiceReception::members() { return member_ != nullptr ? member_->members() : not_yet(); }
Packet ServiceReception::leader() { return member_ != nullptr ? member_->leader() : not_yet(); }

std::vector<Service::Check> ServiceReception::readiness() {
  if (member_ != nullptr) return member_->readiness();
  return {{"leader", false, "no-leader", "this node has not joined a cluster yet"}};
}

}  // namespace bellwether::node
