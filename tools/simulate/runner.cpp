#include "runner.hpp"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "child.hpp"
#include "shrink.hpp"
#include "summary.hpp"
#include "world/violation.hpp"

namespace bellwether::simulation {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int shrinking_runs_max = 600;
constexpr auto look_every = std::chrono::milliseconds(50);

class Runner {
 public:
  explicit Runner(const Options& options) : options_(options), plan_(options.plan) {}

  int run_all() {
    begin();
    while (!lanes_.empty()) {
      std::this_thread::sleep_for(look_every);  // nobody waits for this but a person
      for (Lane& lane : lanes_) look_at(lane);
      std::erase_if(lanes_, [](const Lane& lane) { return lane.child == nullptr; });
      progress_.show(sum(), findings_, seconds());
    }
    progress_.clear();
    print_summary(done_, findings_, seconds());
    if (options_.prints_fingerprints) {
      std::printf("fingerprint %016llx\n", static_cast<unsigned long long>(done_.fingerprint));
    }
    return findings_ == 0 ? 0 : 1;
  }

 private:
  struct Lane {          // every n-th run of the plan, in one process after the other
    std::uint64_t next;  // place in the plan
    std::unique_ptr<Child> child;
  };

  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }
  bool is_over() const { return plan_.minutes > 0 && seconds() > plan_.minutes * 60; }

  void begin() {
    print_beginning(plan_);
    for (std::uint64_t lane = 0; lane < options_.processes && lane < plan_.size(); ++lane) {
      lanes_.push_back({.next = lane, .child = start_at(lane)});
    }
  }

  std::unique_ptr<Child> start_at(std::uint64_t from) const {
    return std::make_unique<Child>([this, from](Report& report) {
      for (std::uint64_t place = from; place < plan_.size() && !is_over(); place += options_.processes) {
        Job job = plan_.at(place);
        job.life.account = &report.account;
        report.account = {};
        report.place = place;
        report.sum += sum_of(run(job));
      }
    });
  }

  static Sum sum_of(const Outcome& outcome) {
    return {.totals = outcome.totals,
            .runs = 1,
            .events = outcome.events,
            .fingerprint = outcome.fingerprint,
            .simulated = outcome.simulated};
  }

  void look_at(Lane& lane) {
    if (!lane.child || !lane.child->has_ended()) return;
    done_ += lane.child->report().sum;
    const auto finding = lane.child->finding();
    const std::uint64_t failed = lane.child->report().place;
    const Account account = lane.child->report().account;
    lane.child.reset();
    if (!finding) return;
    ++findings_;
    ++done_.runs;
    tell({.job = plan_.at(failed), .violation = *finding, .account = account});
    if (!options_.keep_going) {
      stop();
    } else if (failed + options_.processes < plan_.size() && !is_over()) {
      lane.next = failed + options_.processes;
      lane.child = start_at(lane.next);
    }
  }

  void stop() {
    for (Lane& lane : lanes_) {
      if (lane.child) done_ += lane.child->report().sum;
      lane.child.reset();
    }
  }

  void tell(Failure failure) {
    progress_.clear();
    print_failure(failure);
    if (options_.shrinks && failure.job.generator != nullptr) {
      print_smaller(failure, shrink(failure, shrinking_runs_max));
    }
  }

  Sum sum() const {
    Sum sum = done_;
    for (const Lane& lane : lanes_) {
      if (lane.child) sum += lane.child->report().sum;
    }
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
  try {
    const Outcome outcome = run(job);
    std::printf("all held; fingerprint %016llx\n", static_cast<unsigned long long>(outcome.fingerprint));
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
