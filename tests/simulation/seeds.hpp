// simulation/seeds.hpp: how much is played here; bellwether-simulate plays more.
#pragma once

#include <cstdint>
#include <cstdlib>

namespace bellwether::simulation {

inline std::uint64_t seeds_of_each_generator() {
  const char* wanted = std::getenv("BELLWETHER_SEEDS");
  return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 250;
}
inline std::uint64_t seeds_of_each_scenario() { return seeds_of_each_generator() / 5 + 1; }

}  // namespace bellwether::simulation
