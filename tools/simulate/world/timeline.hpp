// simulate/world/timeline.hpp: the simulated time: what happens when, one event after the other.
// Units: ticks. One unit of the protocol's model is `unit` ticks; a heartbeat round lasts 20 units.
#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <vector>

#include "replication/options.hpp"

namespace bellwether::simulation {

using replication::Ticks;

constexpr Ticks unit = 50;
constexpr Ticks heartbeat = 20 * unit;

constexpr Ticks units(double count) { return static_cast<Ticks>(count * static_cast<double>(unit)); }
constexpr Ticks rounds(double count) { return static_cast<Ticks>(count * static_cast<double>(heartbeat)); }

class Timeline {
 public:
  Ticks now() const { return now_; }
  std::uint64_t events() const { return events_; }

  void after(Ticks delay, std::function<void()> action) {
    queue_.push({now_ + delay, ++scheduled_, std::move(action)});
  }
  // Runs the next event if it's due by `until`; what is due at the same time runs in the order of scheduling.
  bool run_next(Ticks until) {
    if (queue_.empty() || queue_.top().at > until) return false;
    Event event = std::move(const_cast<Event&>(queue_.top()));
    queue_.pop();
    now_ = event.at;
    ++events_;
    event.action();
    return true;
  }
  void run(Ticks until) {
    while (run_next(until)) {
    }
    now_ = until;
  }

 private:
  struct Event {
    Ticks at;
    std::uint64_t order;
    std::function<void()> action;
    bool operator<(const Event& other) const { return at != other.at ? at > other.at : order > other.order; }
  };

  Ticks now_ = 0;
  std::uint64_t events_ = 0;
  std::uint64_t scheduled_ = 0;
  std::priority_queue<Event> queue_;
};

}  // namespace bellwether::simulation
