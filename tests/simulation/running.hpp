// simulation/running.hpp: which run is under way, for the last words: an assertion of the core ends the
// process, and whoever reads its output needs the seed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace bellwether::simulation {

void now_running(const std::string& replay_command);  // printed if the process aborts from now on
std::string replay_command(std::string_view generator, std::uint64_t seed, std::string_view mutant = "none");

}  // namespace bellwether::simulation
