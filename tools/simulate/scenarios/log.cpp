// What becomes of entries that a change of leaders leaves behind (consensus.md T11 to T15).
#include "scenarios/stage.hpp"
#include "world/violation.hpp"

namespace bellwether::simulation {

std::vector<Scenario> log_scenarios() {
  return {
      {"snapshot", "T15", "a snapshot meets a log behind it, at it and beyond it", nullptr, "snapshots"},
      {"damage", "T29", "a damaged range is neither served nor voted with", nullptr,
       "repair of damaged ranges"},
      {"no-room", "T30", "a leader without room hands over", nullptr, "the reserve of disk space"},
  };
}

}  // namespace bellwether::simulation
