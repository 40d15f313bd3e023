// Every row of the scenario table (docs/consensus.md section 15), each with other timings many times.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "job.hpp"
#include "last_words.hpp"
#include "seeds.hpp"
#include "world/violation.hpp"

namespace bellwether::simulation {
namespace {

class Scenarios : public testing::TestWithParam<Scenario> {};

TEST_P(Scenarios, HoldInEverySeed) {
  const Scenario& scenario = GetParam();
  if (scenario.play == nullptr) GTEST_SKIP() << scenario.what << ": waits for " << scenario.waits_for;
  Job job;
  job.scenario = &scenario;
  for (job.life.seed = 0; job.life.seed < seeds_of_each_scenario(); ++job.life.seed) {
    now_running(replay_command(job));
    try {
      run(job);
    } catch (const Violation& violation) {
      FAIL() << scenario.what << "\n" << violation.what() << "\nreplay: " << replay_command(job);
    }
  }
}

std::string name_of(const testing::TestParamInfo<Scenario>& info) {
  std::string name =
      (info.param.row.empty() ? "" : std::string(info.param.row) + "_") + std::string(info.param.name);
  std::ranges::replace(name, '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, Scenarios, testing::ValuesIn(all_scenarios()), name_of);

}  // namespace
}  // namespace bellwether::simulation
