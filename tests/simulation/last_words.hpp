// simulation/last_words.hpp: an assertion of the core ends the test's process; whoever reads its output needs
// to know in which run.
#pragma once

#include <string>

namespace bellwether::simulation {

void now_running(const std::string& replay_command);  // printed if the process aborts from now on

}  // namespace bellwether::simulation
