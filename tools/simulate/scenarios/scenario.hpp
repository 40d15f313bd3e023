// simulate/scenarios/scenario.hpp: fixed situations, each played with many seeds: the rows of the scenario
// table in docs/consensus.md, and every bug that was ever found.
// Errors:  what doesn't hold throws Violation.
#pragma once

#include <ostream>
#include <string_view>
#include <vector>

#include "world/life.hpp"

namespace bellwether::simulation {

struct Scenario {
  std::string_view name;                     // as in --scenario NAME
  std::string_view row;                      // of the table; empty: a bug's regression
  std::string_view what;                     // the sentence that has to hold
  void (*play)(const Life& life) = nullptr;  // null: waits for a part of the product that isn't there yet
  std::string_view waits_for = {};
};
inline void PrintTo(const Scenario& scenario, std::ostream* out) { *out << scenario.name; }  // GoogleTest

std::vector<Scenario> client_scenarios();
std::vector<Scenario> damage_scenarios();
std::vector<Scenario> failover_scenarios();
std::vector<Scenario> hand_over_scenarios();
std::vector<Scenario> log_scenarios();
std::vector<Scenario> membership_scenarios();
std::vector<Scenario> partition_scenarios();
std::vector<Scenario> read_scenarios();
std::vector<Scenario> recovery_scenarios();
std::vector<Scenario> room_scenarios();
std::vector<Scenario> rule_scenarios();
std::vector<Scenario> snapshot_scenarios();

const std::vector<Scenario>& all_scenarios();

}  // namespace bellwether::simulation
