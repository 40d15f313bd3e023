// node/requests.hpp: what was asked of the core and is not answered yet: whom each answer goes to. Numbers are given in
// order and most answers come in order, so that they mostly stand in a queue. One that waits for long (a join, say) is put
// apart, so that it does not keep the places of the millions behind it.
// Threads: the I/O thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "protocol/entry.hpp"
#include "protocol/packets.hpp"
#include "replication/output.hpp"
#include "transport/connection.hpp"

namespace bellwether::node {

struct Asker {  // a client's request, or one of the node itself
  std::shared_ptr<transport::Connection> connection;
  std::uint64_t slot = 0;
  std::function<void(const replication::Answer&)> callback;  // instead of a connection
  std::optional<std::chrono::steady_clock::time_point> asked_at =
      {};  // of an append, to measure how long it takes
};

Group group_of(const AppendRequest& request);

class Requests {
 public:
  replication::RequestId add(Asker asker);
  std::optional<Asker> take(replication::RequestId request);  // none: it was forgotten
  std::vector<replication::RequestId> take_all_of(const transport::Connection& connection);

 private:
  void pop_answered();
  void put_oldest_apart();

  std::deque<std::optional<Asker>> queue_;  // none: answered
  std::uint64_t first_ = 1;                 // the number of the queue's front
  std::size_t waiting_ = 0;                 // in the queue
  std::unordered_map<replication::RequestId, Asker> apart_;
};

}  // namespace bellwether::node
