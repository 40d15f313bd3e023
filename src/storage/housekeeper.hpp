// storage/housekeeper.hpp: a thread for what the log needs done beside its own writes: room made ahead, side
// files, checkpoints. One job after the other.
// Threads: add() from any; stop() from one.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace bellwether::storage {

class Housekeeper {
 public:
  using Job = std::function<void()>;

  Housekeeper() : thread_([this] { run(); }) {}
  ~Housekeeper() { stop(); }
  Housekeeper(const Housekeeper&) = delete;
  Housekeeper& operator=(const Housekeeper&) = delete;

  void add(Job job);
  void stop();  // after the jobs that wait; those that are added later are dropped

 private:
  void run();

  std::mutex mutex_;  // guards the following
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  bool stopping_ = false;

  std::thread thread_;  // last: it starts when everything else is there
};

}  // namespace bellwether::storage
