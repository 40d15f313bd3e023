// simulate/child.hpp: runs in a process of its own, so that an assertion of the core, which ends its process, is
// a finding like any other.
// Errors:  std::system_error when there is no process or memory to be had.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "job.hpp"

namespace bellwether::simulation {

struct Sum {  // of the runs so far
  Totals totals;
  std::uint64_t runs = 0, events = 0, fingerprint = 0;
  Ticks simulated = 0;
  Sum& operator+=(const Sum& other);
};

struct Report {             // in memory that the child shares with its parent
  std::uint64_t place = 0;  // in the plan, of the run that is under way or was the last
  Sum sum;
  Account account;
  std::array<char, 16'384> violation{};  // a text that ends with 0; empty: none
};

class Child {
 public:
  // Forks; `work` runs in the child. A Violation that it throws goes into the report.
  explicit Child(const std::function<void(Report&)>& work);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  const Report& report() const { return *report_; }
  bool has_ended();  // doesn't wait
  void wait();
  // Once it has ended: what was violated, or how the process died; none: all held.
  std::optional<std::string> finding() const;

 private:
  void note_end(int status) { status_ = status; }

  Report* report_;
  pid_t process_;
  std::optional<int> status_;
};

// Runs one job in a child; one that takes longer than `seconds_max` is ended, and has failed.
struct Attempt {
  std::optional<std::string> finding;  // none: all held
  Account account;
};
Attempt attempt(const Job& job, unsigned seconds_max);

}  // namespace bellwether::simulation
