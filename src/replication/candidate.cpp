#include "replication/candidate.hpp"

#include <algorithm>
#include <utility>

namespace bellwether::replication {
namespace {

constexpr std::uint64_t pull_rounds_max = 2;  // C5

}  // namespace

Candidate::Outcome Candidate::on_durable() {
  if (own_promise_durable_ || !core_.journal.is_durable(own_promise_)) return Outcome::waiting;
  own_promise_durable_ = true;
  return try_establish();
}

Candidate::Outcome Candidate::on_promise(NodeId from, Promise promise) {
  if (!own_promise_durable_ || of_no_use_.contains(from) || !can_adopt_from(from)) return Outcome::waiting;
  if (!promises_.contains(from)) rounds_without_progress_ = 0;
  const std::optional<EntryRange> missing = std::exchange(promise.missing, std::nullopt);
  const std::optional<SnapshotName> snapshot = promise.snapshot;
  promises_[from] = std::move(promise);
  if (missing) adopt(from, *missing, snapshot);
  return try_establish();
}

Candidate::Outcome Candidate::on_suffix(NodeId from, const Suffix& suffix) {
  if (!promises_.contains(from)) return Outcome::waiting;
  adopt(from, suffix.entries, suffix.snapshot);
  return try_establish();
}

Candidate::Outcome Candidate::on_snapshot(NodeId from, const SnapshotChunk& chunk) {
  if (!fetched_ || fetched_->from != from || fetched_->assembly.name() != chunk.of) return Outcome::waiting;
  if (!promises_.contains(from) || !is_behind(from)) return Outcome::waiting;
  if (!core_.has_room()) {
    fetched_.reset();
    do_without(from, Room::low);
    return try_establish();
  }
  const std::uint64_t held = fetched_->assembly.held();
  fetched_->assembly.add(chunk.position, chunk.bytes);
  if (fetched_->assembly.held() == held) return Outcome::waiting;
  progressed();
  if (fetched_->assembly.is_whole()) install(from);
  return try_establish();
}

Candidate::Outcome Candidate::end_round() {
  if (!own_promise_durable_) return Outcome::waiting;
  if (pulls_from_ && ++rounds_pulling_ > pull_rounds_max) {
    promises_.erase(*pulls_from_);
    pulls_from_.reset();
    rounds_pulling_ = 0;
  } else if (pulls_from_) {
    pull();
  }
  const Outcome outcome = try_establish();
  if (outcome == Outcome::waiting && is_short_of_room() && !pulls_from_) return Outcome::out_of_room;
  if (pulls_from_) send_prepares();  // else they have been sent just now
  return outcome;
}

// C4: only while that promise is more up to date than the own log; a repeated chunk is harmless then.
void Candidate::adopt(NodeId from, const EntryRange& entries, const std::optional<SnapshotName>& snapshot) {
  if (!is_behind(from)) return;
  if (snapshot && snapshot->index > core_.log.decided()) {
    if (!core_.log.has(snapshot->index, snapshot->last_ballot)) {
      return core_.has_room() ? fetch(from, *snapshot) : do_without(from, Room::low);
    }
    core_.advance(snapshot->index);  // as L7: it is decided, and it is here
  }
  if (fetched_ && fetched_->from == from) fetched_.reset();
  graft(from, entries);
}

bool Candidate::is_behind(NodeId promiser) const {
  const Promise& promise = promises_.at(promiser);
  return core_.log.is_behind(promise.last_ballot, promise.last);
}

void Candidate::fetch(NodeId from, const SnapshotName& snapshot) {
  if (fetched_ && fetched_->from == from && fetched_->assembly.name() == snapshot) return;
  fetched_ = Fetched{.from = from, .assembly = SnapshotAssembly(snapshot)};
  progressed();
}

// Whole, as one record (S2); then the entries behind it.
void Candidate::install(NodeId from) {
  const SnapshotName name = fetched_->assembly.name();
  auto whole = fetched_->assembly.take(core_.log.decided_state().producers().limits());
  fetched_.reset();
  if (!whole) {
    core_.notice_unreadable(name, from, whole.error());
    of_no_use_.insert(from);
    promises_.erase(from);
    return;
  }
  const bool is_here = name.index <= core_.log.decided() || core_.log.has(name.index, name.last_ballot);
  if (!is_here) core_.install(*std::move(whole));
  adopted(from, name.index);
}

void Candidate::graft(NodeId from, const EntryRange& entries) {
  const Index last = core_.log.last();
  const Ballot last_ballot = core_.log.last_ballot();
  const auto equal_upto = core_.log.graft(entries, core_.room);
  if (!equal_upto) return;
  const bool changed = core_.log.last() != last || core_.log.last_ballot() != last_ballot;
  const bool goes_on = adopted_ && adopted_->from == from && adopted_->upto <= last;
  const Index upto = *equal_upto;
  if (upto < entries.previous + entries.items.size()) return do_without(from, Room::none);
  if (!changed && goes_on && upto <= adopted_->upto) return;  // a repeated chunk
  // To walk over entries that are equal already is progress too: the logs may differ many chunks behind
  // decided.
  adopted(from, upto);
}

void Candidate::adopted(NodeId from, Index upto) {
  adopted_ = Adopted{.from = from, .upto = upto};
  progressed();
}

void Candidate::progressed() {
  adopted_more_ = true;
  rounds_without_progress_ = 0;
  rounds_pulling_ = 0;
}

// Without room (S5) its log stays ahead of the own one, so it must not count; the other promises may suffice.
void Candidate::do_without(NodeId promiser, Room room) {
  out_of_reach_[promiser] = room;
  promises_.erase(promiser);
}

bool Candidate::is_short_of_room() const {
  return std::ranges::any_of(out_of_reach_,
                             [this](const auto& known) { return !can_adopt_from(known.first); });
}

Candidate::Outcome Candidate::try_establish() {
  if (!own_promise_durable_) return Outcome::waiting;
  if (const auto best = most_up_to_date()) {
    if (pulls_from_ != best) rounds_pulling_ = 0;
    if (pulls_from_ != best || adopted_more_) {  // a late or doubled chunk asks for no further one
      pulls_from_ = best;
      pull();
    }
    return Outcome::waiting;
  }
  pulls_from_.reset();
  if (!core_.is_voter()) return Outcome::gave_up;  // C7
  if (has_majority()) return Outcome::established;
  send_prepares();
  return Outcome::waiting;
}

std::optional<NodeId> Candidate::most_up_to_date() const {
  const auto key = [](const Promise& promise) { return std::pair(promise.last_ballot, promise.last); };
  std::optional<NodeId> best;
  for (const auto& [id, promise] : promises_) {
    if (!core_.log.is_behind(promise.last_ballot, promise.last)) continue;
    if (!best || key(promise) > key(promises_.at(*best))) best = id;
  }
  return best;
}

void Candidate::pull() {
  adopted_more_ = false;
  const bool resumes = adopted_ && adopted_->from == *pulls_from_ && adopted_->upto <= core_.log.last() &&
                       adopted_->upto >= core_.log.base_index();
  const bool fetches = fetched_ && fetched_->from == *pulls_from_;
  const Index from = resumes ? adopted_->upto : core_.log.last();
  core_.send(*pulls_from_,
             Pull{.ballot = core_.promised,
                  .last = from,
                  .last_ballot = core_.log.ballot_at(from),
                  .decided = core_.log.decided(),
                  .snapshot = fetches ? std::optional(fetched_->assembly.position()) : std::nullopt});
}

// To all voters of the configuration in force that have not promised: it may change with every adopted chunk
// (C6).
void Candidate::send_prepares() {
  for (const NodeId voter : core_.config().voters()) {
    if (voter == core_.options.self || promises_.contains(voter) || !can_adopt_from(voter)) continue;
    core_.send(voter, Prepare{.ballot = core_.promised,
                              .last_ballot = core_.log.last_ballot(),
                              .last = core_.log.last(),
                              .decided = core_.log.decided()});
  }
}

bool Candidate::has_majority() const {
  const auto& voters = core_.config().voters();
  const auto promised = std::ranges::count_if(
      voters, [this](NodeId voter) { return voter == core_.options.self || promises_.contains(voter); });
  return static_cast<std::size_t>(promised) >= core_.config().majority();
}

}  // namespace bellwether::replication
