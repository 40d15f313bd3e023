// client/outbox.hpp: the messages of one producer that are not acknowledged yet: those that wait to go
// together in the next group, and the window of groups. Bounded: what does not fit has to wait with the
// caller.
// Threads: one. No I/O.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "client/group_builder.hpp"
#include "client/window.hpp"

namespace bellwether::client {

class Outbox {
 public:
  struct Limits {
    std::size_t groups_max;        // unacknowledged groups
    std::size_t group_bytes_max;   // a larger message is a group of its own
    std::size_t window_bytes_max;  // of unacknowledged groups, unless a single one is larger
  };
  explicit Outbox(Limits limits) : limits_(limits) {}

  // False: no room; nothing was taken.
  bool append(std::string_view message, std::chrono::steady_clock::time_point now);
  // What waits becomes a group, if the window has room for it.
  void seal();

  Window& window() { return window_; }
  const Window& window() const { return window_; }
  bool has_waiting() const { return !waiting_.empty(); }  // messages in no group yet
  std::uint64_t appended() const { return appended_; }
  std::uint64_t unacknowledged() const { return window_.messages() + waiting_.count(); }

 private:
  bool has_room_for_waiting() const;

  Limits limits_;
  GroupBuilder waiting_;
  std::chrono::steady_clock::time_point waiting_since_;
  Window window_;
  std::uint64_t appended_ = 0;
};

}  // namespace bellwether::client
