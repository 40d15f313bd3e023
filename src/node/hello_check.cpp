#include "node/hello_check.hpp"

#include <algorithm>

#include "node/refusals.hpp"

namespace bellwether::node {
namespace {

std::string name(NodeId id) { return "node " + std::to_string(number(id)); }

}  // namespace

Hello hello_to(const OwnName& own, NodeId to) {
  Hello hello;
  hello.version_min = protocol_version;
  hello.version_max = protocol_version;
  hello.cluster = own.cluster;
  hello.epoch = own.epoch;
  hello.former = own.former;
  hello.from = own.id;
  hello.to = to;
  hello.incarnation = own.incarnation;
  hello.address = own.address;
  hello.priority = own.priority;
  hello.key = own.key;
  return hello;
}

std::optional<ErrorAnswer> refusal_of(const Hello& hello, const OwnName& own, const state::State& decided) {
  if (hello.version_min > protocol_version || hello.version_max < protocol_version) {
    return refusal(ErrorCode::version, "this node speaks version 1 of the members' protocol only",
                   "run the same release on all members");
  }
  if (std::ranges::find(decided.former(), hello.cluster) != decided.former().end()) {
    auto why = refusal(ErrorCode::wrong_cluster,
                       "cluster " + hello.cluster + " had lost its majority and was recovered as this one, " +
                           own.cluster + ", without " + name(hello.from),
                       "start " + name(hello.from) + " with --rejoin to join it anew");
    why.recovered_as = own.cluster;
    return why;
  }
  if (hello.cluster != own.cluster || hello.epoch != own.epoch) {
    return refusal(ErrorCode::wrong_cluster, "this node is a member of another cluster",
                   "check the address and the data directory of the node that dialled");
  }
  if (hello.to != own.id) {
    return refusal(ErrorCode::wrong_node, "this is " + name(own.id) + ", not " + name(hello.to));
  }
  if (hello.key != own.key || hello.from == nobody || hello.from == own.id) {
    return refusal(ErrorCode::not_a_member, "the hello does not come from a member of this cluster",
                   "a node becomes a member by joining: start it with --clusterip");
  }
  if (decided.members().knows_removed(hello.from)) {
    return refusal(ErrorCode::removed, name(hello.from) + " was removed from this cluster",
                   "start it again to join as a new member");
  }
  return std::nullopt;
}

}  // namespace bellwether::node
