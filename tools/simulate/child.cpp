#include "child.hpp"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <new>
#include <string_view>
#include <system_error>

#include "world/violation.hpp"

namespace bellwether::simulation {

namespace {

[[noreturn]] void throw_system_error(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

Report* shared_report() {
  void* memory = mmap(nullptr, sizeof(Report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw_system_error("no shared memory for a child process");
  return new (memory) Report;
}

void note(std::string_view violation, Report& report) {
  const auto length = std::min(violation.size(), report.violation.size() - 1);
  std::copy_n(violation.begin(), length, report.violation.begin());
  report.violation[length] = '\0';
}

}  // namespace

Sum& Sum::operator+=(const Sum& other) {
  totals += other.totals;
  runs += other.runs;
  events += other.events;
  simulated += other.simulated;
  fingerprint ^= other.fingerprint;
  return *this;
}

Child::Child(const std::function<void(Report&)>& work) : report_(shared_report()) {
  std::fflush(nullptr);  // else the child would print it again
  process_ = fork();
  if (process_ < 0) throw_system_error("no child process");
  if (process_ > 0) return;
  try {
    work(*report_);
  } catch (const Violation& violation) {
    note(violation.what(), *report_);
  }
  std::fflush(nullptr);
  _exit(0);  // the parent's destructors are not the child's
}

Child::~Child() {
  if (!status_) {
    kill(process_, SIGKILL);
    wait();
  }
  munmap(report_, sizeof(Report));
}

bool Child::has_ended() {
  int status = 0;
  if (!status_ && waitpid(process_, &status, WNOHANG) == process_) status_ = status;
  return status_.has_value();
}

void Child::wait() {
  int status = 0;
  while (!status_) {
    if (waitpid(process_, &status, 0) == process_) status_ = status;
  }
}

std::optional<std::string> Child::finding() const {
  if (report_->violation[0] != '\0') return std::string(report_->violation.data());
  if (!status_ || !WIFSIGNALED(*status_)) return std::nullopt;
  switch (WTERMSIG(*status_)) {
    case SIGABRT:
      return "abort: an assertion of the core failed; it is printed above";
    case SIGALRM:
      return "endless: the run doesn't come to an end";
    default:
      return "signal: the run was ended by signal " + std::to_string(WTERMSIG(*status_));
  }
}

Attempt attempt(const Job& job, unsigned seconds_max) {
  Child child([&](Report& report) {
    alarm(seconds_max);
    Job accounted = job;
    accounted.life.account = &report.account;
    run(accounted);
  });
  child.wait();
  return {.finding = child.finding(), .account = child.report().account};
}

}  // namespace bellwether::simulation
