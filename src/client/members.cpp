#include "client/members.hpp"

#include <algorithm>
#include <utility>

#include "transport/address.hpp"

namespace bellwether::client {
namespace {

bool contains(const std::vector<std::string>& list, const std::string& address) {
  return std::find(list.begin(), list.end(), address) != list.end();
}

}  // namespace

std::string address_problem(const std::string& text) {
  const auto address = transport::parse_address(text);
  return address ? std::string() : address.error().what;
}

Members::Members(std::vector<std::string> seeds) : seeds_(std::move(seeds)) {
  for (const std::string& seed : seeds_) learn(seed);
}

void Members::learn(const std::string& address) {
  if (!contains(by_hope_, address)) by_hope_.push_back(address);
}

void Members::learn_all(const std::vector<std::string>& addresses) {
  std::erase_if(by_hope_, [&](const std::string& known) {
    return !contains(addresses, known) && !contains(seeds_, known);
  });
  for (const std::string& address : addresses) learn(address);
}

void Members::learn_leader(const std::string& address) {
  learn(address);
  const auto leader = std::find(by_hope_.begin(), by_hope_.end(), address);
  std::rotate(by_hope_.begin(), leader, leader + 1);
}

void Members::doubt(const std::string& address) {
  const auto doubtful = std::find(by_hope_.begin(), by_hope_.end(), address);
  if (doubtful != by_hope_.end()) std::rotate(doubtful, doubtful + 1, by_hope_.end());
}

}  // namespace bellwether::client
