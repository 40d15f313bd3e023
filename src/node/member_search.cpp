#include "node/member_search.hpp"

#include <set>
#include <utility>

namespace bellwether::node {

MemberSearch::MemberSearch(asio::io_context& io, std::vector<std::string> seeds, OnAnswers on_answers)
    : io_(io), seeds_(std::move(seeds)), on_answers_(std::move(on_answers)) {}

void MemberSearch::on_step(bool has_leader, const Addresses& known) {
  if (has_leader) {
    next_at_.reset();
    return;
  }
  const auto now = Clock::now();
  if (!next_at_) next_at_ = now + asks_every;
  if (is_asking_ || now < *next_at_) return;
  next_at_ = now + asks_every;
  ask(known);
}

void MemberSearch::ask(const Addresses& known) {
  std::set<std::string> addresses(seeds_.begin(), seeds_.end());
  for (const auto& [id, address] : known) addresses.insert(address);
  is_asking_ = true;
  auto done = [this](const std::vector<Inquiry::Finding>& findings) { on_findings(findings); };
  std::make_shared<Inquiry>(io_, std::vector<std::string>(addresses.begin(), addresses.end()), asks_every,
                            std::move(done))
      ->start();
}

void MemberSearch::on_findings(const std::vector<Inquiry::Finding>& findings) {
  is_asking_ = false;
  if (next_at_) on_answers_(findings);
}

MemberSearch::Addresses addresses_in(const std::vector<Inquiry::Finding>& findings,
                                     const std::string& cluster) {
  MemberSearch::Addresses found;
  for (const auto& finding : findings) {
    if (finding.status.cluster == cluster) found[finding.status.id] = finding.address;
  }
  for (const auto& finding : findings) {
    if (finding.status.cluster != cluster || !finding.status.leader) continue;
    for (const auto& member : finding.status.members) found.emplace(member.id, member.address);
  }
  return found;
}

}  // namespace bellwether::node
