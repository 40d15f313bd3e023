// protocol/ballot.hpp: who may lead, compared left to right; a higher ballot always wins over a lower one.
// Source: Ng, Haridi, Carbone, "Omni-Paxos" (EuroSys 2023), section 5; the priority makes it a bully
// election.
#pragma once

#include <compare>
#include <cstdint>

#include "protocol/ids.hpp"

namespace bellwether {

struct Ballot {
  std::uint64_t round = 0;  // round 0 never leads; round 1 is only used by the bootstrap entry
  std::uint32_t priority = 0;
  NodeId id = nobody;

  friend constexpr auto operator<=>(const Ballot&, const Ballot&) = default;
};

}  // namespace bellwether
