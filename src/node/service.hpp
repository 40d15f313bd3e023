// node/service.hpp: what the node does for programs that ask it over HTTP, without a word about HTTP: so that the HTTP
// side knows no core, and the node no HTTP.
// Errors:  an ErrorAnswer, where a Packet is the answer.
// Threads: the I/O thread.
#pragma once

#include <string>
#include <vector>

#include "protocol/packets.hpp"

namespace bellwether::node {

class Service {
 public:
  struct Check {  // one part of whether this node is ready
    std::string name;
    bool passed = false;
    std::string reason;  // one word, where it did not pass: no-leader
    std::string what;    // for a person
  };

  virtual ~Service() = default;

  virtual Packet status() = 0;   // StatusAnswer
  virtual Packet members() = 0;  // MembersAnswer
  virtual Packet leader() = 0;   // LeaderAnswer
  virtual std::vector<Check> readiness() = 0;
};

}  // namespace bellwether::node
