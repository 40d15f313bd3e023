// replication/read_requests.hpp: linearizable reads that were asked at a member which does not lead: it
// asks the leader for the read index, again every round until an answer comes, and answers once that much
// is decided here (Q2).
// Threads: none, no lock.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "replication/core.hpp"

namespace bellwether::replication {

class ReadRequests {
 public:
  explicit ReadRequests(Core& core) : core_(core), next_number_(core.options.incarnation + 1) {}

  void ask(RequestId request);
  void ask_again();  // whoever leads now, about all that have no index yet
  void on_reply(const ReadIndexReply& reply);
  void on_decided();  // answers what has become readable
  void forget(RequestId request);
  void refuse_all(ErrorCode code);
  std::vector<RequestId> take_unconfirmed();  // this node leads now and confirms them itself

 private:
  void send(std::uint64_t number);

  Core& core_;
  std::uint64_t next_number_;  // differs from start to start, or an old index would answer a new read
  std::map<std::uint64_t, RequestId> unconfirmed_;
  std::multimap<Index, RequestId> confirmed_;
};

}  // namespace bellwether::replication
