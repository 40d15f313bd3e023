// simulate/world/mutants.hpp: deliberate faults beyond what the protocol tolerates, to prove that the checkers
// can fail. They break the machines around the core (disk, runtime, a member that lies), never the core's own
// code.
#pragma once

#include <optional>
#include <string_view>
#include <utility>

namespace bellwether::simulation {

enum class Mutant {
  none,
  durable_before_sync,     // the disk reports records as durable when it is given them (breaks D1 to D4)
  promises_forgotten,      // promise records are not written
  synced_entries_lost,     // a crash loses the newest durable entry too
  directory_emptied,       // a node restarts under its old id with an empty disk (S4)
  durable_match_is_match,  // accepted claims what is only in memory (D3)
  promises_look_empty,     // a promise hides its log, so that any candidate looks up to date (C4)
  promises_forged,         // each promise counts for a second, silent voter (C6)
  decided_exaggerated,     // accept says that all the leader has is decided (L9)
  wrong_entries_attached,  // the runtime attaches the entries of another place
  reads_unconfirmed,       // whoever thinks that it leads answers reads at once (Q2)
  removal_told_early,  // a leader tells a member that it is removed when the entry is merely appended (X3)
  answered_twice,      // the runtime repeats an answer
};

inline constexpr std::pair<std::string_view, Mutant> mutant_names[] = {
    {"none", Mutant::none},
    {"durable_before_sync", Mutant::durable_before_sync},
    {"promises_forgotten", Mutant::promises_forgotten},
    {"synced_entries_lost", Mutant::synced_entries_lost},
    {"directory_emptied", Mutant::directory_emptied},
    {"durable_match_is_match", Mutant::durable_match_is_match},
    {"promises_look_empty", Mutant::promises_look_empty},
    {"promises_forged", Mutant::promises_forged},
    {"decided_exaggerated", Mutant::decided_exaggerated},
    {"wrong_entries_attached", Mutant::wrong_entries_attached},
    {"reads_unconfirmed", Mutant::reads_unconfirmed},
    {"removal_told_early", Mutant::removal_told_early},
    {"answered_twice", Mutant::answered_twice},
};

inline std::optional<Mutant> mutant_from(std::string_view name) {
  for (const auto& [known, mutant] : mutant_names) {
    if (known == name) return mutant;
  }
  return std::nullopt;
}
inline std::string_view name_of(Mutant mutant) {
  for (const auto& [name, known] : mutant_names) {
    if (known == mutant) return name;
  }
  return "?";
}

}  // namespace bellwether::simulation
