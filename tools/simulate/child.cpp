#include "child.hpp"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <string_view>
#include <system_error>

#include "world/violation.hpp"

namespace bellwether::simulation {

namespace {

constexpr int status_unknown = -1;  // as of no process: neither exited nor ended by a signal

[[noreturn]] void throw_system_error(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

Report* shared_report() {
  void* memory = mmap(nullptr, sizeof(Report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw_system_error("no shared memory for a child process");
  return new (memory) Report;
}

int file_in_memory() {
  const int file = memfd_create("stderr of a run", MFD_CLOEXEC);
  if (file < 0) throw_system_error("no memory for what a child process says");
  return file;
}

void note(std::string_view violation, Report& report) {
  const auto length = std::min(violation.size(), report.violation.size());
  std::copy_n(violation.begin(), length, report.violation.begin());
  report.violation_size = length;
}

void die_with(pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(EXIT_FAILURE);  // it died before that
}

// Never returns and lets no exception out: the parent's objects, which the child has too, are not the child's to
// destroy.
[[noreturn]] void be_child(const std::function<void(Report&)>& work, Report& report) noexcept {
  try {
    work(report);
  } catch (const Violation& violation) {
    note(violation.what(), report);
  } catch (const std::exception& error) {
    note(std::string("exception: ") + error.what(), report);
  } catch (...) {
    note("exception: of a type that is none of the standard's", report);
  }
  std::fflush(nullptr);
  _exit(EXIT_SUCCESS);
}

}  // namespace

Child::Child(const std::function<void(Report&)>& work) : report_(shared_report()), stderr_(file_in_memory()) {
  std::fflush(nullptr);  // else the child would print it again
  const pid_t parent = getpid();
  process_ = fork();
  if (process_ < 0) throw_system_error("no child process");
  if (process_ > 0) return;
  die_with(parent);
  dup2(stderr_, STDERR_FILENO);
  be_child(work, *report_);
}

Child::~Child() {
  stop();
  close(stderr_);
  munmap(report_, sizeof(Report));
}

bool Child::has_ended() {
  collect(WNOHANG);
  return status_.has_value();
}

void Child::wait() { collect(0); }

void Child::stop() {
  if (status_) return;
  stopped_ = true;
  kill(process_, SIGKILL);
  wait();
}

void Child::collect(int wait_flags) {
  if (status_) return;
  int status = 0;
  pid_t ended = 0;
  do {
    ended = waitpid(process_, &status, wait_flags);
  } while (ended < 0 && errno == EINTR);
  if (ended == process_) status_ = status;
  if (ended < 0)
    status_ = status_unknown;  // ECHILD: the system has forgotten how it ended, for SIGCHLD is ignored
}

std::string Child::said() const {
  std::string text(16'384, '\0');
  const auto size = pread(stderr_, text.data(), text.size(), 0);
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  while (text.ends_with('\n')) text.pop_back();
  return text.empty() ? "" : ", and said: " + text;
}

std::optional<std::string> Child::finding() const {
  const std::size_t size = report_->violation_size;
  if (size > 0) return std::string(report_->violation.data(), size);
  const int status = status_.value();
  if (WIFEXITED(status)) {
    if (WEXITSTATUS(status) == EXIT_SUCCESS) return std::nullopt;
    return "exit: the run ended with status " + std::to_string(WEXITSTATUS(status)) + said();
  }
  if (!WIFSIGNALED(status)) return "exit: the run ended, and nobody knows how" + said();
  const int signal = WTERMSIG(status);
  if (signal == SIGKILL && stopped_) return std::nullopt;
  if (signal == SIGABRT) return "abort: the run ended itself" + said();
  if (signal == SIGALRM) return "endless: the run doesn't come to an end" + said();
  return "signal: the run was ended by signal " + std::to_string(signal) + said();
}

Outcome run_within(unsigned seconds_max, const Job& job) {
  alarm(seconds_max);
  const Outcome outcome = run(job);
  alarm(0);
  return outcome;
}

Attempt attempt(const Job& job, unsigned seconds_max) {
  Child child([&](Report& report) {
    Job accounted = job;
    accounted.life.account = &report.account;
    run_within(seconds_max, accounted);
  });
  child.wait();
  return {.finding = child.finding(), .account = child.report().account};
}

}  // namespace bellwether::simulation
