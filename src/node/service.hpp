// node/service.hpp: what the node does for programs that ask it over HTTP, without a word about HTTP: so that the HTTP
// side knows no core, and the node no HTTP.
// Errors:  an ErrorAnswer, where a Packet is the answer.
// Threads: the I/O thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "protocol/error_code.hpp"
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

  // Messages being read, taken piece by piece, as fast as their reader wants them; destroyed: given up.
  class Reading {
   public:
    virtual ~Reading() = default;
    // The next piece: Messages (empty: there is nothing new, and it goes on), at the end one End or ErrorAnswer. None:
    // not there yet.
    virtual std::optional<Packet> take() = 0;
  };
  using OnMore = std::function<void()>;                   // take() has something
  using OnAppended = std::function<void(const Packet&)>;  // Appended or ErrorAnswer

  virtual ~Service() = default;

  virtual Packet status() = 0;   // StatusAnswer
  virtual Packet members() = 0;  // MembersAnswer
  virtual Packet leader() = 0;   // LeaderAnswer
  virtual std::vector<Check> readiness() = 0;
  virtual std::string metrics() = 0;              // Prometheus' text format, version 0.0.4
  virtual void on_refused(ErrorCode reason) = 0;  // an answer that is an error goes out: to count them
  // One group, stored whole or not at all, once, whoever leads; `messages` as in AppendRequest. `done` is called once,
  // maybe at once.
  virtual void append(std::uint32_t count, Bytes messages, OnAppended done) = 0;
  // `on_more` may be called at once, before this returns. The node may be gone when a Reading is destroyed, not when it
  // is asked.
  virtual std::unique_ptr<Reading> read(const TailRequest& request, OnMore on_more) = 0;
};

}  // namespace bellwether::node
