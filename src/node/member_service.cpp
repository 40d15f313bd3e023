#include "node/member_service.hpp"

#include <string>
#include <utility>

#include "node/reading.hpp"
#include "node/story.hpp"

namespace bellwether::node {

void MemberService::append(std::uint32_t count, Bytes messages, OnAppended done) {
  relay_.append(count, std::move(messages), std::move(done));
}

std::unique_ptr<Service::Reading> MemberService::read(const TailRequest& request, OnMore on_more) {
  return std::make_unique<TailReading>(engine_, tails_, request, std::move(on_more));
}

std::vector<Service::Check> MemberService::readiness() {
  return {check_staying(), check_leader(), check_catch_up(), check_disk()};
}

Service::Check MemberService::check_staying() const {
  const bool goes = is_leaving_ || engine_.replica().is_removed();
  return {"staying", !goes, "leaving", "this node is on its way out of the cluster, or stops"};
}

Service::Check MemberService::check_leader() const {
  const auto why = why_nobody_leads(engine_.replica(), status_.self);
  return {"leader", why.empty(), "no-leader", why};
}

Service::Check MemberService::check_catch_up() const {
  const auto& replica = engine_.replica();
  const auto* member = replica.tail_state().members().find(status_.self);
  const bool may_vote = member != nullptr && (member->votes || member->stays_learner);
  const auto decided = replica.decided();
  const Index behind = leaders_decided_ > decided ? leaders_decided_ - decided : 0;
  return {"caught-up", may_vote && behind <= entries_near, "catching-up",
          "this member gets what the others have, " + std::to_string(behind) + " entries behind"};
}

Service::Check MemberService::check_disk() const {
  const auto& replica = engine_.replica();
  if (replica.disk_stalled()) return {"disk", false, "disk-refusing", "the disk takes no writes"};
  return {"disk", replica.room() != replication::Room::none, "disk-refusing",
          "there is no room for messages on the disk"};
}

}  // namespace bellwether::node
