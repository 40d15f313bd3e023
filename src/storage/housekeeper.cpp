#include "storage/housekeeper.hpp"

#include <utility>

namespace bellwether::storage {

void Housekeeper::add(Job job) {
  const std::scoped_lock lock(mutex_);
  if (stopping_) return;
  jobs_.push_back(std::move(job));
  changed_.notify_one();
}

void Housekeeper::add_after(std::chrono::milliseconds delay, Job job) {
  const std::scoped_lock lock(mutex_);
  if (stopping_) return;
  later_.emplace(Clock::now() + delay, std::move(job));
  changed_.notify_one();
}

void Housekeeper::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    changed_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

void Housekeeper::wait_for_a_job(std::unique_lock<std::mutex>& lock) {
  const auto has_work = [this] { return stopping_ || !jobs_.empty(); };
  while (!has_work()) {
    if (later_.empty()) {
      changed_.wait(lock);
    } else if (later_.begin()->first > Clock::now()) {
      changed_.wait_until(lock, later_.begin()->first);
    } else {
      jobs_.push_back(std::move(later_.extract(later_.begin()).mapped()));
    }
  }
}

void Housekeeper::run() {
  for (;;) {
    std::unique_lock lock(mutex_);
    wait_for_a_job(lock);
    if (jobs_.empty()) return;
    const Job job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job();
  }
}

}  // namespace bellwether::storage
