// node/member_metrics.hpp: what a member is and sees at the moment of a scrape.
// Threads: no state.
#pragma once

#include <cstdint>

#include "metrics/exposition.hpp"
#include "protocol/packets.hpp"

namespace bellwether::node {

struct Holdings {  // what its log has, and what it holds in memory for disks that do not keep up
  std::uint64_t log_bytes = 0;
  std::uint64_t unsynced_bytes = 0;
  std::uint64_t undecided_bytes = 0;
};

void add_member(metrics::Exposition& exposition, const StatusAnswer& status, const Holdings& holdings);

}  // namespace bellwether::node
