// node/requests.hpp: what was asked of the core and is not answered yet: whom each answer goes to.
// Threads: the I/O thread.
#pragma once

#include <cstdint>
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
};

Group group_of(const AppendRequest& request);

class Requests {
 public:
  replication::RequestId add(Asker asker);
  std::optional<Asker> take(replication::RequestId request);  // none: it was forgotten
  std::vector<replication::RequestId> take_all_of(const transport::Connection& connection);

 private:
  std::uint64_t last_ = 0;
  std::unordered_map<replication::RequestId, Asker> waiting_;
};

}  // namespace bellwether::node
