// simulate/child.hpp: runs in a process of its own, so that an assertion of the core, which ends its process, is
// a finding like any other.
// Errors:  std::system_error when there is no process or memory to be had.
// Threads: a child dies with the thread that made it.
#pragma once

#include <sys/types.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "plan.hpp"

namespace bellwether::simulation {

struct Report {             // in memory that the child shares with its parent
  std::uint64_t place = 0;  // in the plan, of the run that is under way or was the last
  Sum sum;
  Account account;
  std::array<char, 16'384> violation{};
  std::atomic<std::size_t> violation_size = 0;  // set when the text is complete; 0: none
};

class Child {
 public:
  // Forks; `work` runs in the child. What it throws, a Violation or anything else, goes into the report.
  explicit Child(const std::function<void(Report&)>& work);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  const Report& report() const { return *report_; }
  bool has_ended();  // doesn't wait
  void wait();
  void stop();  // kills it, unless it has ended
  // Once it has ended: what was violated, or how the process died and what it said on stderr. None: all held, or
  // it was stopped before it found anything.
  std::optional<std::string> finding() const;

 private:
  void collect(int wait_flags);
  std::string said() const;

  Report* report_;
  int stderr_;  // a file in memory, which the child has in place of its stderr
  pid_t process_;
  std::optional<int> status_;
  bool stopped_ = false;
};

// For the work of a child: a run that takes longer than `seconds_max` ends its process, which is a finding.
Outcome run_within(unsigned seconds_max, const Job& job);

// Runs one job in a child.
struct Attempt {
  std::optional<std::string> finding;  // none: all held
  Account account;
};
Attempt attempt(const Job& job, unsigned seconds_max);

}  // namespace bellwether::simulation
