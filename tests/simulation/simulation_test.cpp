// A short selection of random lives. BELLWETHER_SEEDS sets how many of each generator; bellwether-core-fuzz
// runs more.
#include <gtest/gtest.h>

#include <cstdlib>
#include <ostream>
#include <string>

#include "campaigns/campaigns.hpp"
#include "running.hpp"
#include "violation.hpp"

namespace bellwether::simulation {
namespace {

std::uint64_t seeds() {
  const char* wanted = std::getenv("BELLWETHER_SEEDS");
  return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 300;
}

class Campaigns : public testing::TestWithParam<Generator> {};

TEST_P(Campaigns, KeepEveryInvariantInEverySeed) {
  const Generator generator = GetParam();
  for (std::uint64_t seed = 1; seed <= seeds(); ++seed) {
    const std::string command = replay_command(generator.name, seed);
    now_running(command);
    try {
      generator.run({.seed = seed});
    } catch (const Violation& violation) {
      FAIL() << violation.what() << "\nreplay: " << command;
    }
  }
}

TEST_P(Campaigns, OneSeedIsOneRun) {
  const Outcome first = GetParam().run({.seed = 7});
  const Outcome second = GetParam().run({.seed = 7});
  EXPECT_EQ(first.fingerprint, second.fingerprint);
  EXPECT_EQ(first.events, second.events);
  EXPECT_NE(first.fingerprint, GetParam().run({.seed = 8}).fingerprint);
}

TEST_P(Campaigns, DecideAndElectEnoughToMeanSomething) {
  Totals totals;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) totals += GetParam().run({.seed = seed}).totals;
  EXPECT_GT(totals.elections, 40u);
  EXPECT_GT(totals.acknowledged, 100u);
  EXPECT_GT(totals.crashes, 10u);
}

INSTANTIATE_TEST_SUITE_P(All, Campaigns, testing::ValuesIn(generators),
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
    const Generator& generator = generators[seed % std::size(generators)];
    now_running(replay_command(generator.name, seed, name_of(prey.mutant)));
    try {
      generator.run({.seed = seed, .mutant = prey.mutant, .strict = prey.strict});
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
