// node/hello_check.hpp: whether a node that says hello may speak for the member that it claims to be
// (consensus.md section 3, "Link"). A function from values to a value: no socket, no clock.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "protocol/packets.hpp"
#include "state/state_machine.hpp"

namespace bellwether::node {

constexpr std::uint32_t protocol_version = 1;

// Who this node is, as far as a hello is concerned.
struct OwnName {
  std::string cluster;
  std::uint64_t epoch = 0;
  std::vector<std::string> former;  // as at this start; who greets is told
  std::string key;
  NodeId id = nobody;
  std::uint64_t incarnation = 0;  // random at each start
  std::string address;
  std::uint32_t priority = 0;
};

Hello hello_to(const OwnName& own, NodeId to);

// `decided`: what is final, so that only a decided removal turns a former member away (X3), and only a decided recovery
// a member of the cluster before it (F3). A stranger with the cluster's key is let in: it may be a member of whom this node has not heard yet
// (M4).
std::optional<ErrorAnswer> refusal_of(const Hello& hello, const OwnName& own, const state::State& decided);

}  // namespace bellwether::node
