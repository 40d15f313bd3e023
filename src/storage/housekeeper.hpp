// storage/housekeeper.hpp: a thread for what the log needs done in the background.
// Threads: add() and add_after() from any; stop() from one.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include "storage/background.hpp"

namespace bellwether::storage {

class Housekeeper final : public Background {
 public:
  Housekeeper() : thread_([this] { run(); }) {}
  ~Housekeeper() override { stop(); }
  Housekeeper(const Housekeeper&) = delete;
  Housekeeper& operator=(const Housekeeper&) = delete;

  void add(Job job) override;
  void add_after(std::chrono::milliseconds delay, Job job) override;
  void stop();  // after the jobs that wait; those that are added later, or not due yet, are dropped

 private:
  using Clock = std::chrono::steady_clock;

  void run();
  void wait_for_a_job(std::unique_lock<std::mutex>& lock);

  std::mutex mutex_;  // guards the following
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  std::multimap<Clock::time_point, Job> later_;
  bool stopping_ = false;

  std::thread thread_;  // last: it starts when everything else is there
};

}  // namespace bellwether::storage
