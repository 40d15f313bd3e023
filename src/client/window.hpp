// client/window.hpp: the groups of one producer that are not acknowledged yet, in the order of their
// sequence numbers.
// Threads: one. No I/O.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>

#include "base/bytes.hpp"
#include "protocol/ids.hpp"

namespace bellwether::client {

struct PendingGroup {
  Sequence sequence = 0;
  std::uint64_t first_message = 0;  // its first message's number, from 0, in the order of the caller
  std::uint32_t count = 0;
  Bytes messages;
  std::chrono::steady_clock::time_point since;  // its first message waits since then
  bool fate_unknown = false;                    // it was sent and no answer said whether it is stored
};

class Window {
 public:
  void add(PendingGroup group);  // gives it the next sequence number

  // The oldest group that is not sent on this connection; it counts as sent from now on. Null: none.
  // Valid until the group is acknowledged.
  const PendingGroup* send_next();
  const PendingGroup& oldest() const { return groups_.front(); }
  PendingGroup acknowledge();  // the oldest, which was sent

  void connection_lost();  // whatever was sent is to be sent again, its fate unknown
  void send_again();       // the same, but an answer said that nothing of it was stored
  void start_numbering();  // under a new producer: sequences from 1, the fates forgotten

  bool empty() const { return groups_.empty(); }
  std::size_t size() const { return groups_.size(); }
  std::size_t bytes() const { return bytes_; }
  std::size_t in_flight() const { return sent_; }
  std::uint64_t messages() const { return messages_; }
  std::uint64_t messages_of_unknown_fate() const;

 private:
  std::deque<PendingGroup> groups_;
  std::size_t sent_ = 0;  // of groups_, from the front
  std::size_t bytes_ = 0;
  std::uint64_t messages_ = 0;
  Sequence next_sequence_ = 1;
};

}  // namespace bellwether::client
