// storage/background.hpp: who does what the log needs done beside its own writes: room made ahead, side files,
// checkpoints, what is to be removed. One job after the other, in order.
// Threads: any.
#pragma once

#include <chrono>
#include <functional>

namespace bellwether::storage {

class Background {
 public:
  using Job = std::function<void()>;

  virtual ~Background() = default;

  virtual void add(Job job) = 0;
  virtual void add_after(std::chrono::milliseconds delay, Job job) = 0;

  // Somebody is about to wait for what was added. Where jobs have no thread of their own they are done now.
  virtual void hurry() {}
};

}  // namespace bellwether::storage
