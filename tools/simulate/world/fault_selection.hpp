// simulate/world/fault_selection.hpp: the kinds of faults, how often each struck, and which of a plan's faults
// really happen. A generator plans its faults in a fixed order; leaving some out is how a failing run is made
// smaller without changing the rest of the plan.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace bellwether::simulation {

enum class Fault {
  loss,          // a message is lost
  duplicate,     // a message arrives twice, the second time late
  reordering,    // a message is overtaken by later ones
  late_read,     // the entries of a message come from the disk, so that it leaves late
  crash,         // a process dies; what its disk had not synced survives in part, or not at all
  pause,         // a process stands still for long and then goes on
  cut,           // links are cut, one way or both, in some pattern
  blip,          // a link is reported down and up again, although it lives
  slow_disk,     // a disk is slow from now on, or well again
  stalled_disk,  // a disk finishes nothing for long
  full_disk,     // a disk has no room for messages, or hardly any, for a while
  clock,         // a wall clock jumps
  stop,          // a node is stopped in good order
  move,          // a member has another address
  join,
  leave,
  hand_over,
  rot,                // some decided entries on a disk cannot be read any more, found where they are read
  damage,             // a node is killed, and a part of its log cannot be read any more
  compaction,         // a node drops a part of its log
  recovery,           // a node is stopped and made a cluster of its own, whatever becomes of the others
  flipped_bytes,      // bytes of a stopped node's files change, which were durable
  misdirected_write,  // a write lands in another place than where it belongs
};
inline constexpr std::array<std::string_view, 23> fault_names = {"loss",
                                                                 "duplicate",
                                                                 "reordering",
                                                                 "late-read",
                                                                 "crash",
                                                                 "pause",
                                                                 "cut",
                                                                 "blip",
                                                                 "slow-disk",
                                                                 "stalled-disk",
                                                                 "full-disk",
                                                                 "clock",
                                                                 "stop",
                                                                 "move",
                                                                 "join",
                                                                 "leave",
                                                                 "hand-over",
                                                                 "rot",
                                                                 "damage",
                                                                 "compaction",
                                                                 "recovery",
                                                                 "flipped-bytes",
                                                                 "misdirected-write"};

constexpr std::string_view name_of(Fault fault) { return fault_names[static_cast<std::size_t>(fault)]; }
std::optional<Fault> fault_from(std::string_view name);

struct FaultCounts {
  std::array<std::uint64_t, fault_names.size()> of{};

  std::uint64_t& operator[](Fault fault) { return of[static_cast<std::size_t>(fault)]; }
  FaultCounts& operator+=(const FaultCounts& other);
};

struct FaultSelection {
  std::set<Fault> off;                          // these kinds don't happen
  std::optional<std::set<std::uint64_t>> only;  // of the planned ones only these numbers, from 1; none: all

  bool has(Fault fault) const { return !off.contains(fault); }
  bool has(Fault fault, std::uint64_t planned) const {
    return has(fault) && (!only || only->contains(planned));
  }
};

// "loss,crash" and "3,17,40-44", as in --off and --only; empty: nothing.
std::string text(const std::set<Fault>& faults);
std::string text(const std::set<std::uint64_t>& numbers);
Result<std::set<Fault>> faults_from(std::string_view text);
Result<std::set<std::uint64_t>> numbers_from(std::string_view text);

}  // namespace bellwether::simulation
