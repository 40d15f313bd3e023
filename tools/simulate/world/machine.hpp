// simulate/world/machine.hpp: one simulated node: its disk, which survives, and its process, which may not.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "protocol/ids.hpp"
#include "replication/replica.hpp"
#include "world/disk.hpp"
#include "world/timeline.hpp"

namespace bellwether::simulation {

class ByteDisk;

struct Machine {
  Machine();
  ~Machine();

  NodeId id = nobody;
  std::uint32_t priority = 0;
  double rate = 1.0;      // length of its heartbeat round, relative to the others'
  double slowness = 1.0;  // of its disk
  replication::Room room = replication::Room::enough;  // on it, as the process knows
  bool gone = false;                                   // for ever: never started again
  std::uint64_t wall_ahead_ms = 0;
  std::set<NodeId> contacts;
  Disk disk;
  std::unique_ptr<ByteDisk> bytes;                    // null: it has only the one above
  std::vector<replication::SnapshotPtr> checkpoints;  // on its disk (K4), ascending; not those of `bytes`
  std::set<Index> rotten;                             // entries that its disk cannot give back

  // ---- the process
  std::uint64_t incarnation = 0;                  // tells events of an earlier process from those of this one
  std::unique_ptr<replication::Replica> replica;  // null: not running
  EntryLog memory;                                // the log as the process knows it, durable or not
  Index handed_out = 0;                           // decided entries up to here were given to the application
  std::set<Index> reported;                       // that its core was told of as rotten
  Index state_checked = 0;                        // the decided state after this entry was compared
  Ballot greatest_promised;
  std::optional<Ballot> leads;  // the ballot in which it is leader
  std::optional<Ticks> wakes_at;
  bool seal_planned = false;
  bool was_handing_over = false;  // after the last step
  Ticks resumed_at = 0;
  bool leaving = false;         // it serves nobody any more
  bool stops_in_order = false;  // its disk is told so
  bool paused = false;
  std::vector<std::function<void()>> held_up;  // what happens to a paused process once it goes on

  bool has_lost_entries() const { return disk.stable().lost().index > 0; }  // as far as its disk says
  state::Members members_in_force() const;  // of the running process, or of the next one
  bool is_running() const { return replica != nullptr; }
  bool is_serving() const { return is_running() && !replica->is_removed(); }
  bool is_leading() const { return is_serving() && replica->role() == replication::Role::leader; }
};

using Machines = std::map<NodeId, Machine>;

}  // namespace bellwether::simulation
