#include "node/service_reception.hpp"

#include <utility>

#include "node/refusals.hpp"

namespace bellwether::node {
namespace {

Packet not_yet() {
  return refusal(ErrorCode::no_leader, "this node has not joined a cluster yet", "try again soon");
}

class NothingToRead : public Service::Reading {
 public:
  std::optional<Packet> take() override { return not_yet(); }
};

}  // namespace

Packet ServiceReception::status() { return member_ != nullptr ? member_->status() : not_yet(); }
Packet ServiceReception::members() { return member_ != nullptr ? member_->members() : not_yet(); }
Packet ServiceReception::leader() { return member_ != nullptr ? member_->leader() : not_yet(); }

std::vector<Service::Check> ServiceReception::readiness() {
  if (member_ != nullptr) return member_->readiness();
  return {{"leader", false, "no-leader", "this node has not joined a cluster yet"}};
}

void ServiceReception::append(std::uint32_t count, Bytes messages, OnAppended done) {
  if (member_ == nullptr) return done(not_yet());
  member_->append(count, std::move(messages), std::move(done));
}

std::unique_ptr<Service::Reading> ServiceReception::read(const TailRequest& request, OnMore on_more) {
  if (member_ == nullptr) return std::make_unique<NothingToRead>();
  return member_->read(request, std::move(on_more));
}

}  // namespace bellwether::node
