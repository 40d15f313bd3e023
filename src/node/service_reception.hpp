// node/service_reception.hpp: the Service of a node that is not a member yet: it lives and says so; from the moment that
// it is a member, that member's.
// Threads: the I/O thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "node/metrics.hpp"
#include "node/service.hpp"

namespace bellwether::node {

class ServiceReception : public Service {
 public:
  explicit ServiceReception(Metrics& metrics) : metrics_(metrics) {}

  void hand_over_to(Service& member) { member_ = &member; }

  Packet status() override;
  Packet members() override;
  Packet leader() override;
  std::vector<Check> readiness() override;
  std::string metrics() override { return metrics_.text(); }
  void on_refused(ErrorCode reason) override { metrics_.on_refused(Metrics::Protocol::http, reason); }
  void append(std::uint32_t count, Bytes messages, OnAppended done) override;
  std::unique_ptr<Reading> read(const TailRequest& request, OnMore on_more) override;

 private:
  Metrics& metrics_;
  Service* member_ = nullptr;
};

}  // namespace bellwether::node
