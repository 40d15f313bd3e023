#include "node/member_names.hpp"

namespace bellwether::node {

void MemberNames::hear(NodeId id, const std::string& address, std::uint32_t priority) {
  names_[id] = Name{address, priority};
  may_differ_ = true;
}

void MemberNames::correct(replication::Replica& replica) {
  if (!may_differ_ || !replica.is_established()) return;
  may_differ_ = false;
  for (const auto& [id, name] : names_) {
    const auto* member = replica.tail_state().members().find(id);
    if (!member || (member->address == name.address && member->priority == name.priority)) continue;
    may_differ_ = true;
    return replica.update_member(id, name.address, name.priority);
  }
}

}  // namespace bellwether::node
