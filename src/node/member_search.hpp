// node/member_search.hpp: where the others are, asked of those that can be reached. A node that was away knows the
// members of then: one that it never heard of may lead now, and look for this node at an address that it has left.
// So as long as it hears of no leader, it asks the addresses that it knows, and --clusterip, who is a member.
// Threads: the I/O thread.
#pragma once

#include <asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "node/inquiry.hpp"
#include "protocol/ids.hpp"

namespace bellwether::node {

class MemberSearch {
 public:
  using Addresses = std::map<NodeId, std::string>;
  using OnAnswers = std::function<void(const std::vector<Inquiry::Finding>& findings)>;

  static constexpr std::chrono::seconds asks_every{1};  // and not before it has missed a leader for so long

  MemberSearch(asio::io_context& io, std::vector<std::string> seeds, OnAnswers on_answers);

  void on_step(bool has_leader, const Addresses& known);

 private:
  using Clock = std::chrono::steady_clock;

  void ask(const Addresses& known);
  void on_findings(const std::vector<Inquiry::Finding>& findings);

  asio::io_context& io_;
  std::vector<std::string> seeds_;
  OnAnswers on_answers_;
  std::optional<Clock::time_point> next_at_;  // none while there is a leader
  bool is_asking_ = false;
};

// Whoever answers as a member of `cluster` is where it was asked; of the others, those tell who have a leader.
MemberSearch::Addresses addresses_in(const std::vector<Inquiry::Finding>& findings,
                                     const std::string& cluster);

}  // namespace bellwether::node
