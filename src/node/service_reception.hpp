// node/service_reception.hpp: the Service of a node that is not a member yet: it lives and says so; from the moment that
// it is a member, that member's.
// Threads: the I/O thread.
#pragma once

#include <memory>
#include <vector>

#include "node/service.hpp"

namespace bellwether::node {

class ServiceReception : public Service {
 public:
  void hand_over_to(Service& member) { member_ = &member; }

  Packet status() override;
  Packet members() override;
  Packet leader() override;
  std::vector<Check> readiness() override;
  void append(std::uint32_t count, Bytes messages, OnAppended done) override;
  std::unique_ptr<Reading> read(const TailRequest& request, OnMore on_more) override;

 private:
  Service* member_ = nullptr;
};

}  // namespace bellwether::node
