// node/member_names.hpp: what each member's process says of itself (its address, its priority), and the leader's part of
// keeping the member records so (consensus.md G10).
// Threads: the I/O thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "protocol/ids.hpp"
#include "replication/replica.hpp"

namespace bellwether::node {

class MemberNames {
 public:
  void hear(NodeId id, const std::string& address, std::uint32_t priority);
  void on_configuration() { may_differ_ = true; }

  // As leader: appends the correction of one record that differs, as soon as the core may change the membership.
  void correct(replication::Replica& replica);

 private:
  struct Name {
    std::string address;
    std::uint32_t priority = 0;
  };

  std::map<NodeId, Name> names_;
  bool may_differ_ = false;  // so that a step costs nothing once all is right
};

}  // namespace bellwether::node
