// transport/answer_slots.hpp: answers leave in the order of their requests, whatever order they are made
// in. Each request takes a slot; what is said for a slot behind an open one is held until the earlier ones
// are complete.
// Threads: the I/O thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "protocol/codec.hpp"
#include "transport/output_queue.hpp"

namespace bellwether::transport {

class AnswerSlots {
 public:
  explicit AnswerSlots(OutputQueue& output) : output_(output) {}

  std::uint64_t open(std::string id);  // the request's "id", repeated in its answers; slots are 0, 1, 2, ...
  void add(std::uint64_t slot, const Packet& packet);
  void complete(std::uint64_t slot);  // exactly once for each slot
  // The requests after the last complete one will get no answer; what is still said for them is ignored.
  void abandon_unanswered();

  bool is_empty() const { return slots_.empty(); }
  std::size_t size() const { return slots_.size(); }
  std::size_t held_bytes() const { return held_bytes_; }

 private:
  struct Slot {
    std::string id;
    std::vector<EncodedPacket> held;
    bool is_complete = false;
  };

  Slot* find(std::uint64_t slot);  // null: abandoned
  void release();

  OutputQueue& output_;
  std::deque<Slot> slots_;
  std::uint64_t first_ = 0;  // number of slots_.front()
  std::uint64_t next_ = 0;   // number of the next request's slot
  std::size_t held_bytes_ = 0;
};

}  // namespace bellwether::transport
