// replication/repair.hpp: entries that this node has decided and its disk cannot give back any more: it asks the other
// members for them, one after the other, and hands what comes and fits to its runtime; and it answers who asks.
// Source:  consensus.md S6.
// Bounds:  ranges_max ranges; one request at a time, of one chunk.
// Threads: none, no lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>

#include "protocol/messages.hpp"
#include "replication/core.hpp"

namespace bellwether::replication {

class Repair {
 public:
  // Whoever could not be noted for want of a place is met again by the next read.
  static constexpr std::size_t ranges_max = 64;
  // Once nobody could give any of it: what is asked for is lost everywhere, or is with somebody who is away.
  static constexpr std::uint64_t rounds_between_turns = 8;

  explicit Repair(Core& core) : core_(core) {}

  void on_damaged(Index first, Index last);
  void on_fetch(NodeId from, const Fetch& fetch) const;
  void on_entries(NodeId from, const Entries& entries);
  void end_round();

 private:
  bool note(Index first, Index last);  // false: it is known, or there is no place for it
  void forget_dropped();
  void erase(Index index);
  bool is_wanted(Index index) const;
  void ask();
  bool may_help(NodeId id) const;
  std::optional<NodeId> next_member() const;

  Core& core_;
  std::map<Index, Index> wanted_;  // first and last; ranges that neither meet nor touch
  Index next_ = 0;                 // what is asked for begins there, or behind it
  std::set<NodeId> asked_;         // for what begins there
  NodeId helpful_ = nobody;        // who gave something last
  bool answered_ = false;          // the last request, with nothing of use
  bool was_of_use_ = false;        // something came since all that is wanted was begun with
  std::uint64_t rounds_waited_ = 0;
  std::uint64_t rounds_to_pause_ = 0;
};

}  // namespace bellwether::replication
