// The simulator's program: whatever becomes of a run is noticed, told and made smaller. The runs here are not of
// clusters; each does one thing at once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>

#include "base/assert.hpp"
#include "child.hpp"
#include "plan.hpp"
#include "shrink.hpp"
#include "world/violation.hpp"

namespace bellwether::simulation {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

std::string found_in(const std::function<void(Report&)>& work) {
  Child child(work);
  child.wait();
  return child.finding().value_or("nothing");
}

// ---- children

TEST(FaultNumbers, TheGreatestNumberIsARangeOfOne) {
  const auto numbers = numbers_from("18446744073709551615");
  ASSERT_TRUE(numbers);
  EXPECT_EQ(numbers->size(), 1u);
}

TEST(Child, ThatEndsInGoodOrderHasFoundNothing) {
  EXPECT_EQ("nothing", found_in([](Report&) {}));
}

TEST(Child, TellsTheViolation) {
  EXPECT_EQ("I4: two leaders", found_in([](Report&) { throw Violation("I4: two leaders"); }));
}

TEST(Child, ThatThrowsAnythingElseIsAFinding) {
  EXPECT_EQ("exception: no such key", found_in([](Report&) { throw std::out_of_range("no such key"); }));
  EXPECT_THAT(found_in([](Report&) { throw 7; }), StartsWith("exception: "));
}

TEST(Child, ThatExitsWithAnotherStatusThanZeroIsAFindingWithWhatItSaid) {
  const std::string finding = found_in([](Report&) {
    std::fputs("heap-use-after-free\n", stderr);
    _exit(1);  // as a sanitizer does
  });
  EXPECT_THAT(finding, StartsWith("exit: the run ended with status 1"));
  EXPECT_THAT(finding, HasSubstr("heap-use-after-free"));
}

TEST(Child, ThatFailsAnAssertionIsAFindingWithTheExpression) {
  const std::string finding = found_in([](Report& report) { BELLWETHER_ASSERT(report.place == 7); });
  EXPECT_THAT(finding, StartsWith("abort: "));
  EXPECT_THAT(finding, HasSubstr("assertion failed: report.place == 7"));
}

TEST(Child, ThatIsKilledByAnotherIsAFinding) {
  EXPECT_THAT(found_in([](Report&) { raise(SIGKILL); }), StartsWith("signal: the run was ended by signal 9"));
}

TEST(Child, ThatIsStoppedHasFoundNothing) {
  Child child([](Report&) { pause(); });
  EXPECT_FALSE(child.has_ended());
  child.stop();
  EXPECT_EQ(std::nullopt, child.finding());
}

TEST(Child, ThatIsStoppedKeepsWhatItHadFound) {
  Child child([](Report&) { throw Violation("I4: two leaders"); });
  siginfo_t ended{};
  ASSERT_EQ(0, waitid(P_ALL, 0, &ended, WEXITED | WNOWAIT));
  child.stop();
  EXPECT_EQ("I4: two leaders", child.finding());
}

TEST(Child, OfWhichTheSystemForgetsHowItEndedIsAFinding) {
  std::signal(SIGCHLD, SIG_IGN);
  const std::string finding = found_in([](Report&) {});
  std::signal(SIGCHLD, SIG_DFL);
  EXPECT_THAT(finding, StartsWith("exit: the run ended, and nobody knows how"));
}

TEST(Child, DiesWithItsParent) {
  int ends[2];
  ASSERT_EQ(0, pipe(ends));
  const pid_t parent = fork();
  if (parent == 0) {
    Child child([&](Report&) {
      alarm(60);  // if it doesn't die with its parent
      [[maybe_unused]] const auto written = write(ends[1], "!", 1);
      pause();
    });
    child.wait();
    _exit(0);
  }
  close(ends[1]);
  char byte = 0;
  ASSERT_EQ(1, read(ends[0], &byte, 1)) << "the child runs";
  kill(parent, SIGKILL);
  pollfd end{.fd = ends[0], .events = POLLIN, .revents = 0};
  EXPECT_EQ(1, poll(&end, 1, 20'000)) << "the child lives on: it still holds the other end";
  close(ends[0]);
  waitpid(parent, nullptr, 0);
}

// ---- runs

Job job_of(const Generator& generator) {
  Job job;
  job.generator = &generator;
  return job;
}

TEST(Run, ThatDoesNotEndIsAFinding) {
  const Generator endless{"endless", "", [](const Life&) -> Outcome {
                            while (true) pause();
                          }};
  EXPECT_THAT(attempt(job_of(endless), 1).finding.value_or("nothing"), StartsWith("endless: "));
}

TEST(Run, ThatHasEndedIsNotHeldToItsTime) {
  const Generator quick{"quick", "", [](const Life&) { return Outcome{}; }};
  run_within(1, job_of(quick));
  EXPECT_EQ(0u, alarm(0)) << "no alarm is left";
}

// ---- rules

TEST(RuleOf, AViolationIsItsNumberWhereverItStands) {
  EXPECT_EQ("I4", rule_of("node 3: I4: leads in ballot [2,0,4]\n  node 1: down"));
  EXPECT_EQ("I6", rule_of("I6: an append is stored twice, at index 4"));
  EXPECT_EQ("P2", rule_of("node 3's state at 17: P2: another table of producers"));
  EXPECT_EQ("L-a", rule_of("L-a: members don't catch up to 31"));
}

TEST(RuleOf, ASentenceWithoutANumberOfARuleIsTheSentenceWithoutItsFigures) {
  EXPECT_EQ("answers a request twice", rule_of("node 4 answers a request twice"));
  EXPECT_EQ("another next offset", rule_of("node 3's state at 17: another next offset"));
  EXPECT_EQ("never answered a request of tick #",
            rule_of("node 12 never answered a request of tick 400\n  node 1: x"));
  EXPECT_EQ("", rule_of(""));
}

TEST(RuleOf, AnAssertionIsItsExpression) {
  EXPECT_EQ("a::b == 3",
            rule_of("abort: the run ended itself, and said: a.cpp:3: assertion failed: a::b == 3\nmore"));
  EXPECT_EQ("abort", rule_of("abort: the run ended itself"));
}

// ---- shrinking: lives of eight faults, of which crash 5 is what breaks the rule

Outcome eight_faults(const Life& life, const std::function<void()>& break_rule) {
  life.account->planned_faults = 8;
  for (std::uint64_t number = 1; number <= 8; ++number) {
    if (life.faults.has(number % 2 == 0 ? Fault::cut : Fault::crash, number)) ++life.account->events;
  }
  if (life.faults.has(Fault::loss)) life.account->events += 10;
  if (life.faults.has(Fault::crash, 5)) break_rule();
  return {};
}

Failure failure_of(const Generator& generator) {
  const Job job = job_of(generator);
  auto result = attempt(job, 20);
  return {.job = job, .violation = result.finding.value_or("nothing"), .account = result.account};
}

TEST(Shrinking, LeavesTheFaultThatBreaksTheRule) {
  const Generator fragile{"fragile", "", [](const Life& life) {
                            return eight_faults(life, [] { throw Violation("node 2: I4: leads"); });
                          }};
  const Failure smaller = shrink(failure_of(fragile));
  EXPECT_EQ("node 2: I4: leads", smaller.violation);
  EXPECT_THAT(smaller.job.life.faults.only.value(), ElementsAre(5));
}

TEST(Shrinking, NamesOnlyKindsThatChangeTheRun) {
  const Generator fragile{"fragile", "", [](const Life& life) {
                            return eight_faults(life, [] { throw Violation("node 2: I4: leads"); });
                          }};
  EXPECT_THAT(shrink(failure_of(fragile)).job.life.faults.off, ElementsAre(Fault::loss));
}

TEST(Shrinking, KeepsToOneAssertion) {
  const Generator fragile{"fragile", "", [](const Life& life) {
                            const bool cut = life.faults.has(Fault::cut, 4);
                            return eight_faults(life, [cut] {
                              BELLWETHER_ASSERT(!cut);
                              BELLWETHER_ASSERT(false && "another");
                            });
                          }};
  testing::internal::CaptureStderr();
  const Failure smaller = shrink(failure_of(fragile));
  EXPECT_THAT(testing::internal::GetCapturedStderr(), IsEmpty());
  EXPECT_THAT(smaller.job.life.faults.only.value(), ElementsAre(4, 5));
}

// ---- plans

TEST(Seeds, AreANumberOrARange) {
  EXPECT_EQ(7u, seeds_from("7")->first);
  EXPECT_EQ(7u, seeds_from("7")->last);
  EXPECT_EQ(1u, seeds_from("1-100")->first);
  EXPECT_EQ(100u, seeds_from("1-100")->last);
}

TEST(Seeds, AreNothingElse) {
  for (const auto* text : {"", "-", "0-", "-5", "9-3", "1-2-3", "1,2", " 1", "1 ", "+1", "0x10", "a",
                           "18446744073709551616", "1-18446744073709551616", "0-18446744073709551615"}) {
    EXPECT_FALSE(seeds_from(text)) << "'" << text << "'";
  }
}

TEST(Seeds, MayBeTheGreatestThereIs) {
  const auto seeds = seeds_from("18446744073709551615");
  ASSERT_TRUE(seeds);
  const Generator quick{"quick", "", [](const Life&) { return Outcome{}; }};
  const Plan plan{.kinds = {job_of(quick)}, .seeds = *seeds};
  EXPECT_EQ(1u, plan.size());
  EXPECT_EQ(std::numeric_limits<std::uint64_t>::max(), plan.at(0).life.seed);
}

TEST(Plans, GiveEachSeedToOneGeneratorAndToAllScenarios) {
  Plan plan{.kinds = {job_of(generators[0]), job_of(generators[1])}, .seeds = {.first = 3, .last = 5}};
  EXPECT_EQ(3u, plan.size());
  Job of_scenario;
  of_scenario.scenario = &all_scenarios().front();
  plan.kinds.assign(2, of_scenario);
  EXPECT_EQ(6u, plan.size());
  EXPECT_EQ(5u, plan.at(5).life.seed);
}

Sum sum_at(std::uint64_t place, std::uint64_t fingerprint) {
  Outcome outcome;
  outcome.fingerprint = fingerprint;
  return sum_of(place, outcome);
}

std::uint64_t fingerprint_of(Sum sum, const Sum& other) { return (sum += other).fingerprint; }

TEST(Sums, OfFingerprintsDoNotHangOnTheOrderOfTheRuns) {
  EXPECT_EQ(fingerprint_of(sum_at(0, 1), sum_at(1, 2)), fingerprint_of(sum_at(1, 2), sum_at(0, 1)));
}

TEST(Sums, OfFingerprintsTellRunsThatChangedPlacesAndEqualOnes) {
  EXPECT_NE(fingerprint_of(sum_at(0, 1), sum_at(1, 2)), fingerprint_of(sum_at(0, 2), sum_at(1, 1)));
  EXPECT_NE(fingerprint_of(sum_at(0, 1), sum_at(1, 1)), fingerprint_of(sum_at(0, 2), sum_at(1, 2)));
}

}  // namespace
}  // namespace bellwether::simulation
