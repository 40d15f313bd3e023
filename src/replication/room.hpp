// replication/room.hpp: how much room there is on this node's disk, as far as the protocol is concerned. No rule of
// safety depends on it: who takes an entry says so, and who takes none is one that did not hear of it.
// Source:  consensus.md S5, H3.
#pragma once

#include "protocol/entry.hpp"

namespace bellwether::replication {

enum class Room {
  enough,
  low,  // nothing new is begun here, and another one should lead; what a leader has appended already still fits
  none,  // only the reserve is left: promises, truncations, and entries that bring no messages
};

// Clients bring as many of these as they like; of all others there are few, and the reserve is for them.
inline bool fills_disks(const Entry& entry) {
  return std::holds_alternative<Batch>(entry.content) ||
         std::holds_alternative<RegisterProducer>(entry.content);
}

}  // namespace bellwether::replication
