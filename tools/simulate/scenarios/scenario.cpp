#include "scenarios/scenario.hpp"

namespace bellwether::simulation {

const std::vector<Scenario>& all_scenarios() {
  static const std::vector<Scenario> all = [] {
    std::vector<Scenario> together;
    for (const auto& part :
         {partition_scenarios(), failover_scenarios(), log_scenarios(), damage_scenarios(),
          snapshot_scenarios(), membership_scenarios(), client_scenarios(), read_scenarios(),
          hand_over_scenarios(), room_scenarios(), rule_scenarios(), recovery_scenarios()}) {
      together.insert(together.end(), part.begin(), part.end());
    }
    return together;
  }();
  return all;
}

}  // namespace bellwether::simulation
