#include "runner.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "child.hpp"
#include "shrink.hpp"
#include "summary.hpp"
#include "world/violation.hpp"

namespace bellwether::simulation {

namespace {

using Clock = std::chrono::steady_clock;

constexpr unsigned run_seconds_max = 60;  // they take milliseconds
constexpr auto look_every = std::chrono::milliseconds(50);

class Runner {
 public:
  explicit Runner(const Options& options) : options_(options), plan_(options.plan) {}

  int run_all() {
    begin();
    while (!lanes_.empty()) {
      std::this_thread::sleep_for(look_every);  // nobody waits for this but a person
      for (const Failure& failure : collect()) tell(failure);
      progress_.show(sum(), findings_, seconds());
    }
    progress_.clear();
    print_summary(done_, findings_, seconds());
    if (options_.prints_fingerprints) print_fingerprint(done_.fingerprint);
    return findings_ == 0 ? 0 : 1;
  }

 private:
  using Lane = std::unique_ptr<Child>;  // every n-th run of the plan, in one process after the other

  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }
  bool is_over() const { return plan_.minutes > 0 && seconds() > plan_.minutes * 60; }

  void begin() {
    print_beginning(plan_);
    for (std::uint64_t lane = 0; lane < options_.processes && lane < plan_.size(); ++lane) {
      lanes_.push_back(start_at(lane));
    }
  }

  Lane start_at(std::uint64_t from) const {
    return std::make_unique<Child>([this, from](Report& report) {
      for (std::uint64_t place = from; place < plan_.size() && !is_over(); place += options_.processes) {
        Job job = plan_.at(place);
        job.life.account = &report.account;
        report.account = {};
        report.place = place;
        report.sum += sum_of(place, run_within(run_seconds_max, job));
      }
    });
  }

  // What the lanes that have ended have found. If anything, the others are stopped: they would slow the shrinking
  // down; what they have found by then counts as well.
  std::vector<Failure> collect() {
    std::vector<Failure> failures;
    for (Lane& lane : lanes_) {
      if (lane->has_ended()) close(lane, failures);
    }
    for (Lane& lane : lanes_) {
      if (lane == nullptr || failures.empty() || options_.keep_going) continue;
      lane->stop();
      close(lane, failures);
    }
    std::erase(lanes_, nullptr);
    return failures;
  }

  void close(Lane& lane, std::vector<Failure>& failures) {
    const Lane ended = std::move(lane);
    const Report& report = ended->report();
    done_ += report.sum;
    const auto finding = ended->finding();
    if (!finding) return;
    ++findings_;
    ++done_.runs;
    failures.push_back({.job = plan_.at(report.place), .violation = *finding, .account = report.account});
    const std::uint64_t next = report.place + options_.processes;
    if (options_.keep_going && next < plan_.size() && !is_over()) lane = start_at(next);
  }

  void tell(const Failure& failure) {
    progress_.clear();
    print_failure(failure);
    if (options_.shrinks && failure.job.generator != nullptr) print_smaller(failure, shrink(failure));
  }

  Sum sum() const {
    Sum sum = done_;
    for (const Lane& lane : lanes_) sum += lane->report().sum;
    return sum;
  }

  const Options& options_;
  const Plan& plan_;
  const Clock::time_point start_ = Clock::now();
  std::vector<Lane> lanes_;
  Sum done_;
  std::uint64_t findings_ = 0;
  Progress progress_;
};

// In this process, so that a debugger sees it too.
int tell_story(const Job& job) {
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);  // complete when an assertion ends it, also in a pipe
  try {
    const Outcome outcome = run(job);
    std::printf("all held\n");
    if (job.generator != nullptr) print_fingerprint(outcome.fingerprint);
    return 0;
  } catch (const Violation& violation) {
    std::printf("VIOLATION %s\n", violation.what());
    return 1;
  }
}

}  // namespace

int run_plan(const Options& options) {
  const Job first = options.plan.at(0);
  return first.life.trace ? tell_story(first) : Runner(options).run_all();
}

}  // namespace bellwether::simulation
