// simulate/job.hpp: one run by its name: a generator's or a scenario's life.
#pragma once

#include <string>

#include "generators/generators.hpp"
#include "scenarios/scenario.hpp"

namespace bellwether::simulation {

struct Job {
  const Generator* generator = nullptr;  // this
  const Scenario* scenario = nullptr;    // or this
  Life life;
};

Outcome run(const Job& job);                 // throws Violation; a scenario's outcome has no figures
std::string replay_command(const Job& job);  // of bellwether-simulate

}  // namespace bellwether::simulation
