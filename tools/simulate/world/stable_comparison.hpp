// simulate/world/stable_comparison.hpp: whether two disks say the same.
#pragma once

#include <string>

#include "replication/stable_state.hpp"

namespace bellwether::simulation {

// Whether `found` may be `state`, by what is cheap to compare; it may know more entries as decided. Of a harmed disk it
// may know less, and begin at a later base.
bool may_be(const replication::StableState& found, const replication::StableState& state, bool is_harmed);

// The first thing in which they differ; empty: in nothing.
std::string difference(const replication::StableState& found, const replication::StableState& expected);

}  // namespace bellwether::simulation
