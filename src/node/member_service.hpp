// node/member_service.hpp: the Service of a node that is a member.
// Threads: the I/O thread.
#pragma once

#include <asio/io_context.hpp>
#include <memory>
#include <string>
#include <vector>

#include "node/engine.hpp"
#include "node/metrics.hpp"
#include "node/relay.hpp"
#include "node/requests.hpp"
#include "node/service.hpp"
#include "node/status.hpp"
#include "node/tails.hpp"

namespace bellwether::node {

class MemberService : public Service {
 public:
  static constexpr Index entries_near = 1'000;  // no further behind what is decided than that: ready

  MemberService(asio::io_context& io, StatusSource status, Engine& engine, Requests& requests, Tails& tails,
                Metrics& metrics)
      : status_(status),
        engine_(engine),
        tails_(tails),
        metrics_(metrics),
        relay_(io, status.self, engine, requests) {}

  void hear(Index decided) { leaders_decided_ = decided; }  // from the leader
  void leave() { is_leaving_ = true; }
  void on_step() { relay_.on_step(); }

  StatusAnswer standing() const { return status_of(status_, engine_.first_offset()); }
  Packet status() override { return standing(); }
  Packet members() override { return members_of(status_); }
  Packet leader() override { return leader_of(status_); }
  std::vector<Check> readiness() override;
  std::string metrics() override { return metrics_.text(); }
  void on_refused(ErrorCode reason) override { metrics_.on_refused(Metrics::Protocol::http, reason); }
  void append(std::uint32_t count, Bytes messages, OnAppended done) override;
  std::unique_ptr<Reading> read(const TailRequest& request, OnMore on_more) override;

 private:
  Check check_leader() const;
  Check check_catch_up() const;
  Check check_disk() const;
  Check check_staying() const;

  StatusSource status_;
  Engine& engine_;
  Tails& tails_;
  Metrics& metrics_;
  Relay relay_;
  Index leaders_decided_ = 0;
  bool is_leaving_ = false;
};

}  // namespace bellwether::node
