// simulate/world/job_queue.hpp: what the storage code does in the background, without a thread: jobs wait until somebody
// has them done.
#pragma once

#include <chrono>
#include <deque>
#include <utility>

#include "storage/background.hpp"

namespace bellwether::simulation {

class JobQueue final : public storage::Background {
 public:
  void add(Job job) override { jobs_.push_back(std::move(job)); }
  void add_after(std::chrono::milliseconds, Job job) override { later_.push_back(std::move(job)); }
  void hurry() override { do_all(); }

  bool do_one() {  // false: there is none
    if (jobs_.empty()) return false;
    const Job job = std::move(jobs_.front());
    jobs_.pop_front();
    job();
    return true;
  }
  void do_all() {
    while (do_one()) {
    }
  }
  void pass_time() {  // what was to come later is due
    for (Job& job : std::exchange(later_, {})) jobs_.push_back(std::move(job));
  }
  void drop_all() {
    jobs_.clear();
    later_.clear();
  }

 private:
  std::deque<Job> jobs_;
  std::deque<Job> later_;
};

}  // namespace bellwether::simulation
