#include "replication/leader.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "base/assert.hpp"
#include "replication/quorum.hpp"

namespace bellwether::replication {

Leader::Leader(Core& core, const Candidate::Promises& promises)
    : core_(core),
      ballot_(core.promised),
      start_(core.log.last() + 1),
      decided_at_round_(core.log.decided()) {
  for (const auto& [id, promise] : promises) {
    progress_.emplace(id, Progress(first_missing(promise.last, promise.last_ballot, promise.decided)));
  }
  core_.become(Role::leader, start_);
  append_entry(Noop{});
}

// L2: the first entry that a member with this end of its log may lack.
Index Leader::first_missing(Index last, Ballot last_ballot, Index decided) const {
  const bool same_end = core_.log.has(last, last_ballot);
  return std::min(same_end ? last : decided, core_.log.last()) + 1;
}

// ---- sending

Progress& Leader::progress_of(NodeId id) {
  return progress_.try_emplace(id, core_.log.last() + 1).first->second;
}

const Progress* Leader::progress(NodeId id) const {
  const auto found = progress_.find(id);
  return found == progress_.end() ? nullptr : &found->second;
}

void Leader::broadcast(bool even_if_empty) {
  for (const auto& [id, member] : core_.config().all()) {
    if (id != core_.options.self) send_entries(id, even_if_empty);
  }
}

// L1. Old entries, whose sizes only the runtime knows, go one chunk at a time, like probes.
void Leader::send_entries(NodeId to, bool even_if_empty) {
  Progress& progress = progress_of(to);
  bool sent = false;
  if (progress.next <= core_.log.base_index()) progress.probe_with_entries();  // L3
  while (!progress.probing && progress.next <= core_.log.last() && !window_is_full(progress)) {
    if (!core_.log.knows_sizes_from(progress.next)) {
      progress.probe_with_entries();
      break;
    }
    progress.next = send_accept(to, progress.next - 1, core_.options.chunk_entries_max);
    sent = true;
  }
  if (progress.probing && (even_if_empty || !progress.probe_outstanding)) return send_probe(to, progress);
  if (!sent && even_if_empty) send_accept(to, progress.next - 1, 0);
}

// A repeated probe is empty: it is answered behind the first one, if that has arrived.
void Leader::send_probe(NodeId to, Progress& progress) {
  const bool carries = progress.probe_carries_entries && !progress.probe_outstanding;
  if (progress.next <= core_.log.base_index()) return send_snapshot(to, progress, carries);
  const std::size_t entries_max = progress.is_full ? 1 : core_.options.chunk_entries_max;
  progress.on_probe_sent(send_accept(to, progress.next - 1, carries ? entries_max : 0));
}

void Leader::send_snapshot(NodeId to, Progress& progress, bool carries) {
  progress.begin_snapshot(core_.log.base());
  const Snapshot& snapshot = *progress.snapshot;
  const std::uint64_t position = progress.snapshot_held;
  const std::size_t left = snapshot.state.size() - position;
  const std::size_t count = carries ? std::min(left, core_.options.snapshot_chunk_bytes) : 0;
  core_.send(to, SnapshotChunk{.ballot = core_.promised,
                               .of = name_of(snapshot),
                               .position = position,
                               .bytes = snapshot.state.slice(position, count),
                               .decided = core_.log.decided(),
                               .read = reads_.number()});
  progress.on_snapshot_sent(count > 0 ? position + count : 0);
}

Index Leader::send_accept(NodeId to, Index previous, std::size_t entries_max) {
  EntryRange entries = core_.log.range(previous, {entries_max, core_.options.chunk_bytes_max});
  const Index end = entries.end;
  core_.send(to, Accept{.ballot = core_.promised,
                        .entries = std::move(entries),
                        .decided = core_.log.decided(),
                        .read = reads_.number()});
  return end;
}

bool Leader::window_is_full(const Progress& progress) const {
  return core_.log.bytes_between(progress.match, progress.next - 1) >= core_.options.window_bytes;
}

// ---- from members and the disk

void Leader::on_accepted(NodeId from, const Accepted& accepted) {
  Progress& progress = progress_of(from);
  if (accepted.snapshot) progress.on_snapshot_held(*accepted.snapshot);
  progress.on_accepted(accepted.durable_match, accepted.match, core_.log.last());
  progress.read = std::max(progress.read, accepted.read);
  confirm_reads();
  try_decide();
  send_entries(from, false);
  check_hand_over();
}

void Leader::on_mismatch(NodeId from, const Mismatch& mismatch) {
  Progress& progress = progress_of(from);
  // Mostly sent before it had what it told of since: to start there again would send all of that once more, for each such
  // one. But it may have lost that (S6): it is asked at the round's end.
  if (mismatch.last < progress.told) {
    progress.is_doubtful = true;
    return;
  }
  progress.match = std::min(progress.match, mismatch.last);  // S6: it may have lost what it had reported
  const Index missing = first_missing(mismatch.last, mismatch.last_ballot, mismatch.decided);
  if (progress.is_probing_at(missing)) return;  // all that was sent behind a lost entry is answered so
  progress.restart_at(missing);
  send_entries(from, true);
}

void Leader::on_link_up(NodeId peer) {
  if (!core_.config().has(peer)) return;
  progress_of(peer).rewind();
  send_entries(peer, true);
}

// L9. Entries of earlier ballots are decided only together with one of our own.
void Leader::try_decide() {
  std::vector<Index> positions;
  for (const NodeId voter : core_.config().voters()) {
    const Progress* known = progress(voter);
    positions.push_back(voter == core_.options.self ? core_.log.durable()
                        : known != nullptr          ? known->match
                                                    : 0);
  }
  const Index upto =
      std::min(largest_on_majority(std::move(positions), core_.config().majority()), core_.log.last());
  if (upto <= core_.log.decided() || core_.log.ballot_at(upto) != core_.promised) return;
  const std::size_t first_decided = core_.output.decided.size();
  core_.advance(upto);
  tell_removed(first_decided);
  broadcast(true);
}

void Leader::tell_removed(std::size_t first_decided) {  // X4
  for (std::size_t i = first_decided; i < core_.output.decided.size(); ++i) {
    const auto* removal = std::get_if<RemoveMember>(&core_.output.decided[i].entry->content);
    if (removal != nullptr) core_.send(removal->id, Removed{});
  }
}

// ---- reads

void Leader::start_reads() {
  if (!reads_.wants_round() || core_.log.decided() < start_) return;
  reads_.start(core_.log.decided());
  broadcast(true);
  confirm_reads();
}

void Leader::confirm_reads() {
  if (!reads_.has_rounds()) return;
  std::vector<std::uint64_t> echoed;
  for (const NodeId voter : core_.config().voters()) {
    const Progress* known = progress(voter);
    echoed.push_back(voter == core_.options.self ? reads_.number() : known != nullptr ? known->read : 0);
  }
  const std::uint64_t confirmed = largest_on_majority(std::move(echoed), core_.config().majority());
  while (const auto round = reads_.take_confirmed(confirmed)) {
    for (const Reader& reader : round->readers) {
      if (const auto* remote = std::get_if<RemoteReader>(&reader)) {
        core_.send(remote->id, ReadIndexReply{.request = remote->request, .index = round->index});
      } else {
        core_.answer(std::get<RequestId>(reader), ReadDone{.index = round->index});
      }
    }
    for (const DoubtfulAppend& append : round->appends) answer_doubtful(append);
  }
}

// ---- appending

void Leader::append_entry(EntryContent content) {
  BELLWETHER_ASSERT(!std::holds_alternative<ResetCluster>(content));  // F1: of a stopped node alone
  seal();
  core_.log.append(make_entry(core_.log.last() + 1, core_.promised, core_.wall_ms, std::move(content)));
  broadcast(false);
  try_decide();
}

void Leader::seal() {
  if (batch_.is_empty()) return;
  core_.log.append_batch(batch_.take(core_.log.last() + 1, core_.promised, core_.wall_ms));
  broadcast(false);
}

// P3, against the tail state, which the groups of the open batch are part of.
void Leader::append(RequestId request, const Group& group, Bytes messages) {
  if (batch_.bytes_with(group.bytes) > core_.options.batch_bytes_max) seal();
  if (group.producer != no_producer) {
    const state::Producers& producers = core_.log.tail_state().producers();
    const bool is_known = producers.knows(group.producer);
    const Sequence last = is_known ? producers.last_sequence(group.producer) : 0;
    if (is_known && group.sequence <= last) return answer_repeated(request, group, core_.now);
    if (!has_room_for_messages()) return core_.refuse(request, ErrorCode::disk_full);
    if (!is_known || group.sequence > last + 1) return doubt(request, group);
  }
  if (!has_room_for_messages()) return core_.refuse(request, ErrorCode::disk_full);
  const Index index = core_.log.last() + 1;
  const Offset offset = core_.log.open_tail().place_group(group);
  batch_.add(group, std::move(messages));
  core_.waiters.add(index, core_.promised, request,
                    AppendDone{.index = index, .offset = offset, .count = group.count}, core_.now,
                    {.producer = group.producer, .sequence = group.sequence});
}

// S5. What a majority has no room for would never be decided; it is not begun.
bool Leader::has_room_for_messages() const {
  if (!core_.has_room()) return false;
  const auto& voters = core_.config().voters();
  const auto full =
      std::ranges::count_if(voters, [this](NodeId voter) { return core_.without_room.contains(voter); });
  return voters.size() - static_cast<std::size_t>(full) >= core_.config().majority();
}

// That a producer is unknown, or that groups before this one are missing, is final for the client: a leader that was
// deposed without knowing must not say so.
void Leader::doubt(RequestId request, const Group& group) {
  if (reads_.doubtful() >= doubtful_appends_max) return core_.refuse(request, ErrorCode::busy);
  reads_.doubt({request, group.producer, group.sequence, group.count, core_.now});
}

void Leader::answer_repeated(RequestId request, const Group& group, Ticks since) {
  const state::PlacedGroup* placed = core_.log.tail_state().producers().find(group.producer, group.sequence);
  if (placed == nullptr) return answer_forgotten(request, group);
  const AppendDone done{.index = placed->index, .offset = placed->offset, .count = placed->count};
  if (placed->index <= core_.log.decided()) return core_.answer(request, done);
  const bool is_open = placed->index > core_.log.last();
  core_.waiters.add(placed->index, is_open ? core_.promised : core_.log.ballot_at(placed->index), request,
                    done, since, {.producer = group.producer, .sequence = group.sequence});
}

// Its place is forgotten, so it is at least W groups old; but if the producer has so many in flight, it may be
// undecided all the same.
void Leader::answer_forgotten(RequestId request, const Group& group) {
  const state::Producers& decided = core_.log.decided_state().producers();
  const bool is_decided =
      decided.knows(group.producer) && group.sequence <= decided.last_sequence(group.producer);
  if (!is_decided) return core_.refuse(request, ErrorCode::unknown);
  core_.answer(request, AppendDone{.index = 0, .offset = std::nullopt, .count = group.count});
}

// A majority has confirmed this leader since: what its log says now, counts.
void Leader::answer_doubtful(const DoubtfulAppend& append) {
  const state::Producers& producers = core_.log.tail_state().producers();
  if (!producers.knows(append.producer)) {
    const bool is_known = core_.log.decided_state().producers().knows(append.producer);
    // An undecided entry that has pushed it out of the table may still be undone.
    return core_.refuse(append.request, is_known ? ErrorCode::retry : ErrorCode::unknown_producer);
  }
  const Sequence last = producers.last_sequence(append.producer);
  if (append.sequence <= last) {
    const Group group{
        .producer = append.producer, .sequence = append.sequence, .count = append.count, .bytes = 0};
    return answer_repeated(append.request, group, append.since);
  }
  if (append.sequence == last + 1) return core_.refuse(append.request, ErrorCode::retry);
  Refused gap;
  gap.code = ErrorCode::sequence_gap;
  gap.expected = last + 1;
  core_.answer(append.request, std::move(gap));
}

void Leader::refuse_doubted(Ticks since_before) {
  for (const DoubtfulAppend& append : reads_.take_doubted(since_before)) {
    core_.refuse(append.request, ErrorCode::retry);
  }
}

void Leader::register_producer(RequestId request) {
  if (!has_room_for_messages()) return core_.refuse(request, ErrorCode::disk_full);
  seal();
  const Index index = core_.log.last() + 1;
  const ProducerId producer = state::producer_id(core_.log.tail_state().epoch(), index);
  core_.waiters.add(index, core_.promised, request, RegisterDone{.producer = producer}, core_.now);
  append_entry(RegisterProducer{});
}

void Leader::forget(RequestId request) {
  reads_.forget(request);
  hand_over_.forget(request);
}

std::vector<Reader> Leader::step_down() {
  if (!batch_.is_empty()) {
    batch_.discard();
    core_.answer_all(core_.waiters.refuse_at(core_.log.last() + 1, ballot_, ErrorCode::retry));
    core_.log.discard_open_batch();
  }
  const bool target_leads = core_.promised.id == hand_over_.target();
  for (const RequestId request : hand_over_.take_waiters()) {
    if (target_leads) {
      core_.answer(request, AdminDone{});
    } else {
      core_.refuse(request, ErrorCode::retry);
    }
  }
  refuse_doubted(core_.now + 1);
  return reads_.take_readers();
}

}  // namespace bellwether::replication
