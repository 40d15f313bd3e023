#include "replication/progress.hpp"

#include <algorithm>

namespace bellwether::replication {

void Progress::rewind() {
  told = 0;
  is_doubtful = false;
  next = match > 0 ? match + 1 : std::min(next, next_at_start);
  is_full = false;
  probing = true;
  probe_outstanding = false;
  probe_carries_entries = false;
}

void Progress::offer_one_entry() {
  is_full = true;
  probe_carries_entries = true;
}

void Progress::on_probe_sent(Index end) {
  if (!probe_outstanding) probe_end = end;
  probe_outstanding = true;
}

void Progress::probe_with_entries() {
  if (probing) return;
  probing = true;
  probe_carries_entries = true;
}

void Progress::begin_snapshot(const SnapshotPtr& base) {
  if (snapshot && snapshot_held > 0) return;
  snapshot = base;
  snapshot_held = 0;
}

void Progress::on_snapshot_sent(std::uint64_t end) {
  if (!probe_outstanding) snapshot_sent = end;
  on_probe_sent(snapshot->index + 1);
}

// As below: only what answers the chunk under way has the next one sent.
void Progress::on_snapshot_held(const SnapshotPosition& held) {
  if (!snapshot || held.index != snapshot->index || held.position > snapshot->state.size()) return;
  if (probe_outstanding && held.position < snapshot_sent) return;
  snapshot_held = held.position;
  probe_outstanding = false;
  probe_carries_entries = true;
}

// Every decision, read and sync of the member brings an answer. One that was given before the entries under way
// arrived must not send them once more: each such copy would bring further answers.
void Progress::on_accepted(Index durable_match, Index in_memory, Index last) {
  if (durable_match > match) is_full = false;
  match = std::max(match, durable_match);
  told = std::max(told, std::min(in_memory, last));
  if (probing && probe_outstanding && in_memory + 1 < probe_end) return;
  next = std::max(probing ? in_memory + 1 : next, match + 1);
  next = std::min(next, last + 1);
  probing = false;
  probe_outstanding = false;
  if (snapshot && next > snapshot->index) snapshot.reset();
}

void Progress::restart_at(Index index) {
  next = std::max(index, match + 1);
  next_at_start = next;
  probing = true;
  probe_outstanding = false;
  probe_carries_entries = true;
}

}  // namespace bellwether::replication
