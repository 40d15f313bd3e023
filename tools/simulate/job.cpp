#include "job.hpp"

#include <string_view>

namespace bellwether::simulation {

Outcome run(const Job& job) {
  if (job.generator != nullptr) return job.generator->run(job.life);
  job.scenario->play(job.life);
  return {};
}

std::string replay_command(const Job& job) {
  const Life& life = job.life;
  std::string command = "bellwether-simulate";
  const auto add = [&](std::string_view flag, const std::string& value) {
    command += " " + std::string(flag) + " " + value;
  };
  if (job.generator != nullptr) add("--generator", std::string(job.generator->name));
  if (job.scenario != nullptr) add("--scenario", std::string(job.scenario->name));
  add("--seed", std::to_string(life.seed));
  if (life.nodes != 0) add("--nodes", std::to_string(life.nodes));
  if (life.mutant != Mutant::none) add("--mutant", std::string(name_of(life.mutant)));
  if (!life.strict) command += " --outcomes-only";
  if (!life.faults.off.empty()) add("--off", text(life.faults.off));
  if (life.faults.only) add("--only", life.faults.only->empty() ? "0" : text(*life.faults.only));
  return command;
}

}  // namespace bellwether::simulation
