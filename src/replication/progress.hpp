// replication/progress.hpp: how far the leader has come with one member (consensus.md L1, L2, L4).
// Threads: none, no lock.
#pragma once

#include <cstdint>

#include "protocol/ids.hpp"
#include "replication/snapshot.hpp"

namespace bellwether::replication {

struct Progress {
  explicit Progress(Index start) : next(start), next_at_start(start) {}

  Index match = 0;  // durable there
  Index told = 0;   // the greatest end of what it has, durable or not, that it told since the last rewind
  bool is_doubtful = false;  // it sent a mismatch that does not fit that
  Index next;                // the next entry to send; runs ahead of match inside the window
  Index next_at_start;       // where `next` goes back to while nothing is known to match
  bool probing = true;       // one message at a time until it is answered
  bool probe_outstanding = false;
  Index probe_end = 0;  // the outstanding one is answered once the member has all entries before this one
  // Not after a rewind: first ask what is there, so that a slow disk or link is not sent everything again
  // each round.
  bool probe_carries_entries = true;
  // Said that it has no room, and took nothing for a round (S5): it is offered one entry a round, as it may still take
  // one that the reserve is for, or that others need to be decided.
  bool is_full = false;
  // While what it needs is dropped (L3): the base that it is being sent, how much of it it holds, and how much it
  // will hold once the chunk under way is there. It goes on when this leader's base has moved on since.
  SnapshotPtr snapshot;
  std::uint64_t snapshot_held = 0;
  std::uint64_t snapshot_sent = 0;
  std::uint64_t read = 0;             // greatest read round echoed
  Index match_at_round = 0;           // at the end of the last round
  std::uint64_t stuck_rounds = 0;     // with a promise to somebody who is gone (E14)
  std::uint64_t priority_rounds = 0;  // fit to take over by its priority (H3)

  void rewind();
  void offer_one_entry();  // instead of none, after a rewind
  void on_probe_sent(Index end);
  void probe_with_entries();  // instead of a window of them
  void begin_snapshot(const SnapshotPtr& base);
  void on_snapshot_sent(std::uint64_t end);  // 0: nothing of it, merely asked how much is held
  void on_snapshot_held(const SnapshotPosition& held);
  void on_accepted(Index durable_match, Index in_memory, Index last);
  void restart_at(Index index);  // after a mismatch
  bool is_probing_at(Index index) const {
    return probing && probe_outstanding && next == (index > match ? index : match + 1);
  }
};

}  // namespace bellwether::replication
