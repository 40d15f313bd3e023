// A short selection of random lives; bellwether-simulate plays more.
#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "job.hpp"
#include "last_words.hpp"
#include "seeds.hpp"
#include "world/violation.hpp"

namespace bellwether::simulation {
namespace {

Life life(std::uint64_t seed) {
  Life life;
  life.seed = seed;
  return life;
}

class Generators : public testing::TestWithParam<Generator> {};

TEST_P(Generators, KeepEveryInvariantInEverySeed) {
  const Generator generator = GetParam();
  Job job;
  job.generator = &generator;
  for (job.life.seed = 1; job.life.seed <= seeds_of_each_generator(); ++job.life.seed) {
    now_running(replay_command(job));
    try {
      run(job);
    } catch (const Violation& violation) {
      FAIL() << violation.what() << "\nreplay: " << replay_command(job);
    }
  }
}

TEST_P(Generators, OneSeedIsOneRun) {
  const Outcome first = GetParam().run(life(7));
  const Outcome second = GetParam().run(life(7));
  EXPECT_EQ(first.fingerprint, second.fingerprint);
  EXPECT_EQ(first.events, second.events);
  EXPECT_NE(first.fingerprint, GetParam().run(life(8)).fingerprint);
}

TEST_P(Generators, DecideAndElectEnoughToMeanSomething) {
  Totals totals;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) totals += GetParam().run(life(seed)).totals;
  EXPECT_GT(totals.elections, 30u);
  EXPECT_GT(totals.acknowledged, 100u);
  EXPECT_GT(totals.faults[Fault::cut] + totals.faults[Fault::crash], 10u);
}

TEST(Files, AreDamagedInEveryWay) {
  Totals totals;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) totals += files(life(seed)).totals;
  EXPECT_GT(totals.faults[Fault::crash], 300u);
  for (const Fault fault :
       {Fault::flipped_bytes, Fault::misdirected_write, Fault::full_disk, Fault::compaction}) {
    EXPECT_GT(totals.faults[fault], 5u) << name_of(fault);
  }
  EXPECT_GT(totals.salvaged, 0u);
  EXPECT_GT(totals.repaired, 0u);
}

INSTANTIATE_TEST_SUITE_P(All, Generators, testing::ValuesIn(generators),
                         [](const auto& instance) { return std::string(instance.param.name); });

// The checkers are worth something only if they fail when something is wrong: each deliberate fault has to be
// seen within that many seeds, taken from all generators in turn.
struct Prey {
  Mutant mutant;
  std::uint64_t seeds_max;
  bool strict;  // false: by its outcome alone, without looking at disks when messages are sent
};

std::string name_of(const Prey& prey) {
  return std::string(name_of(prey.mutant)) + (prey.strict ? "" : "_by_outcome");
}
void PrintTo(const Prey& prey, std::ostream* out) { *out << name_of(prey); }  // GoogleTest

class Mutants : public testing::TestWithParam<Prey> {};

TEST_P(Mutants, AreCaught) {
  const Prey prey = GetParam();
  for (std::uint64_t seed = 1; seed <= prey.seeds_max; ++seed) {
    Job job;
    job.generator = &generators[seed % std::size(generators)];
    job.life = life(seed);
    job.life.mutant = prey.mutant;
    job.life.strict = prey.strict;
    now_running(replay_command(job));
    try {
      run(job);
    } catch (const Violation&) {
      return;
    }
  }
  FAIL() << name_of(prey.mutant) << " survived " << prey.seeds_max << " seeds";
}

constexpr Prey all_prey[] = {
    {Mutant::durable_before_sync, 10, true},      {Mutant::durable_before_sync, 50, false},
    {Mutant::promises_forgotten, 10, true},       {Mutant::synced_entries_lost, 20, false},
    {Mutant::directory_emptied, 10, false},       {Mutant::durable_match_is_match, 10, true},
    {Mutant::durable_match_is_match, 300, false}, {Mutant::promises_look_empty, 50, false},
    {Mutant::promises_forged, 50, false},         {Mutant::decided_exaggerated, 10, false},
    {Mutant::wrong_entries_attached, 10, false},  {Mutant::reads_unconfirmed, 50, false},
    {Mutant::removal_told_early, 20, false},      {Mutant::answered_twice, 5, false},
};

INSTANTIATE_TEST_SUITE_P(All, Mutants, testing::ValuesIn(all_prey),
                         [](const auto& instance) { return name_of(instance.param); });

}  // namespace
}  // namespace bellwether::simulation
