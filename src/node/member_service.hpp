// node/member_service.hpp: the Service of a node that is a member.
// Threads: the I/O thread.
#pragma once

#include <vector>

#include "node/engine.hpp"
#include "node/service.hpp"
#include "node/status.hpp"

namespace bellwether::node {

class MemberService : public Service {
 public:
  static constexpr Index entries_near = 1'000;  // no further behind what is decided than that: ready

  MemberService(StatusSource status, Engine& engine) : status_(status), engine_(engine) {}

  void hear(Index decided) { leaders_decided_ = decided; }  // from the leader
  void leave() { is_leaving_ = true; }

  Packet status() override { return status_of(status_, engine_.first_offset()); }
  Packet members() override { return members_of(status_); }
  Packet leader() override { return leader_of(status_); }
  std::vector<Check> readiness() override;

 private:
  Check check_leader() const;
  Check check_catch_up() const;
  Check check_disk() const;
  Check check_staying() const;

  StatusSource status_;
  Engine& engine_;
  Index leaders_decided_ = 0;
  bool is_leaving_ = false;
};

}  // namespace bellwether::node
