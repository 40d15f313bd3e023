// node/inbound.hpp: which accepted connections belong to members: after a hello that fits, and only for
// the node that it named. Consensus messages on any other connection are refused.
// Threads: the I/O thread.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

#include "node/hello_check.hpp"
#include "transport/connection.hpp"

namespace bellwether::node {

class Inbound {
 public:
  using ConnectionPtr = std::shared_ptr<transport::Connection>;

  // `alive_within`: a connection silent for longer no longer keeps its member's id from a newcomer.
  Inbound(OwnName own, std::chrono::milliseconds alive_within)
      : own_(std::move(own)), alive_within_(alive_within) {}

  // None: it may speak for hello.from from now on, and has our hello to come. A second process with the same
  // id is refused while the first one is heard; the dead connections of an earlier run are closed.
  std::optional<ErrorAnswer> admit(const ConnectionPtr& connection, const Hello& hello,
                                   const state::State& decided);

  std::optional<NodeId> sender(const transport::Connection& connection);  // notes that it was heard
  // The member that it was the last connection of, if any.
  std::optional<NodeId> on_closed(const transport::Connection& connection);
  Hello own_hello(NodeId to) const { return hello_to(own_, to); }

 private:
  struct Member {
    ConnectionPtr connection;
    NodeId id = nobody;
    std::uint64_t incarnation = 0;
    std::chrono::steady_clock::time_point heard;
  };

  OwnName own_;
  std::chrono::milliseconds alive_within_;
  std::unordered_map<const transport::Connection*, Member> members_;
};

}  // namespace bellwether::node
