// replication/options.hpp: what differs between replicas.
// Units:   ticks of the runtime's monotonic clock (the node: ms).
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>

#include "protocol/ids.hpp"
#include "protocol/limits.hpp"

namespace bellwether::replication {

using Ticks = std::uint64_t;

struct Options {
  NodeId self = nobody;
  // Random at each start: a late answer to a process before this one must not fit.
  std::uint64_t incarnation = 0;
  std::uint32_t priority = 0;
  Ticks heartbeat = 100;  // length of a heartbeat round
  // After that an append that is still undecided is answered `unknown`, one that looks impossible `retry`.
  Ticks answer_within = 10'000;
  std::uint64_t evict_rounds = 0;       // a member silent for that many rounds is removed; 0: never
  std::uint64_t preferred_lag = 1'000;  // entries that a node may lack and still be preferred as leader (LAG)
  std::size_t chunk_entries_max = 1'024;
  std::size_t chunk_bytes_max = limits::chunk_bytes;
  std::size_t snapshot_chunk_bytes = limits::chunk_bytes;
  // That a member may be sent beyond what it has made durable.
  std::size_t window_bytes = 4 * limits::chunk_bytes;
  // UNSYNCED_MAX: what a leader holds in memory for disks that do not keep up. It hands over at half of that, if its own disk
  // alone is to blame (H3); the runtime takes no append at it.
  std::uint64_t unsynced_bytes_max = 64 * limits::mib;
  std::size_t batch_bytes_max = limits::entry_bytes_max;
  std::set<NodeId> contacts;  // members that it heard of when it joined
};

}  // namespace bellwether::replication
