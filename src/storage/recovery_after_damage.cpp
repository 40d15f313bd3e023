#include <algorithm>
#include <string>
#include <utility>

#include "storage/log_end.hpp"
#include "storage/recovery_run.hpp"

namespace bellwether::storage {

// An unfinished write is none of them: whether it was stored whole a later record says, or a later segment.
Result<bool> Recovery::pass_unreadable(std::size_t at, Disk& disk, RecordReader& records) {
  if (!goes_on()) return false;
  const auto unreadable = records.unreadable_entry();
  if (!unreadable) return tl::unexpected(unreadable.error());
  if (!*unreadable) return false;
  const SegmentHeader& header = segments_[at].header;
  if (is_followed(at)) {
    if ((*unreadable)->index > reading_.state.decided())
      return false;  // the newest segment tells what followed
  } else {
    const auto stored = was_stored(header, disk, records.position());
    if (!stored || !*stored) return stored;
  }
  if (auto replayed = replay_unreadable(**unreadable); !replayed)
    return damaged(header, records.position(), replayed.error().what);
  damage_.push_back(place(header, records.position()));
  records.pass(**unreadable);
  return true;
}

Result<bool> Recovery::was_stored(const SegmentHeader& newest, Disk& disk, std::uint64_t position) {
  if (!stored_to_) {
    const auto rest = examine_rest(disk, newest, position);
    if (!rest) return tl::unexpected(rest.error());
    stored_to_ = rest->greatest_synced_to;
  }
  return *stored_to_ > position;
}

Result<void> Recovery::replay_unreadable(const UnreadableEntry& unreadable) {
  const auto& [position, end, index, entry] = unreadable;
  if (!lost_ && index <= reading_.state.decided()) {  // the checkpoint stands for it
    if (auto replayed = reading_.state.replay(replication::AppendRecord{.first = index, .entries = {entry}});
        !replayed)
      return replayed;
    unplaced_.add_unreadable(*reading_.map, index, *entry, position);
    place_up_to(index, *entry);
    return {};
  }
  if (index != reading_.map->last() + 1 || !unplaced_.is_empty()) {
    return failure(std::errc::bad_message,
                   "entry " + std::to_string(index) + " cannot be read and is not the next one");
  }
  if (!lost_) {
    if (auto stopped = stop_taking_entries(); !stopped) return stopped;
  }
  reading_.map->append_unreadable(index, *entry, position);
  lost_ = std::max(*lost_, replication::LogEnd{entry->ballot, index});
  return {};
}

void Recovery::append(Index index, const Entry& entry, std::uint64_t position) {
  if (unplaced_.is_empty()) return reading_.map->append(index, entry, position);
  unplaced_.add(index, entry, position);
  place_up_to(index, entry);
}

// The checkpoint says how many messages there are up to its entry. An entry of another ballot is another one, which
// was dropped later.
void Recovery::place_up_to(Index index, const Entry& entry) {
  const replication::StableState& state = reading_.state;
  if (index == state.decided() && entry.ballot == state.ballots().at(index))
    unplaced_.place(*reading_.map, state.decided_state().next_offset());
}

// The segment that the log goes on in behind damage in this one. If one began when the log had no more entries than are
// known to be decided, nothing is missing there. Else the newest one tells what was promised, and where the log ended.
Result<std::size_t> Recovery::go_on_behind(std::size_t at, std::uint64_t position) {
  const SegmentHeader& header = segments_[at].header;
  damage_.push_back(place(header, position));
  const std::size_t newest = newest_begun();
  std::size_t next = newest;
  while (next > at && segments_[next].opening->last > reading_.state.decided()) --next;
  reading_.report.bytes = 0;
  if (next > at) {
    unplaced_.clear();
    if (auto begun = begin_at(next, decided_so_far()); !begun) return tl::unexpected(begun.error());
    return next;
  }
  if (auto stopped = stop_taking_entries(); !stopped) return tl::unexpected(stopped.error());
  if (auto adopted = adopt(newest); !adopted) return tl::unexpected(adopted.error());
  return newest;
}

// The checkpoint's entry may have been another one at that moment, which was dropped later: what came behind that one
// does not belong behind the checkpoint's.
Result<void> Recovery::stop_taking_entries() {
  unplaced_.give_up(*reading_.map);
  unplaced_.clear();
  const replication::BallotRuns there = reading_.map->ballots();
  const replication::StableState& state = reading_.state;
  lost_ = std::max(replication::LogEnd{there.last_ballot(), there.last()},
                   replication::LogEnd{state.ballots().last_ballot(), state.last()});
  const Index decided = state.decided();
  const bool is_other = decided > there.base().index && decided <= there.last() &&
                        there.at(decided) != state.ballots().at(decided);
  return is_other ? reading_.state.replay(replication::TruncateRecord{decided + 1}) : Result<void>();
}

Result<void> Recovery::adopt(std::size_t newest) {
  const Opening& opening = *segments_[newest].opening;
  const replication::LogEnd end{opening.last_ballot, opening.last};
  lost_ = std::max(*lost_, end);
  reading_.map->begin(places_of(segments_, newest), opening,
                      replication::BallotRuns({.index = opening.last, .ballot = opening.last_ballot}));
  reading_.map->set_checkpoint(reading_.checkpoint);
  auto adopted = reading_.state.replay(replication::PromiseRecord{opening.promised});
  if (adopted) adopted = reading_.state.replay(replication::LostRecord{opening.lost});
  if (adopted && opening.removed) adopted = reading_.state.replay(replication::RemovedRecord{});
  return adopted;
}

// What is behind lost entries: promises count, entries only as the log's end. A snapshot in the place of the log makes
// good for everything.
Result<void> Recovery::watch(const StoredRecord& stored) {
  LogMap& map = *reading_.map;
  if (const EntryPtr* entry = stored.entry()) {
    if (stored.index() != map.last() + 1) {
      return failure(std::errc::bad_message, "entry " + std::to_string(stored.index()) + " after entry " +
                                                 std::to_string(map.last()));
    }
    map.append(stored.index(), **entry, stored.position);
    lost_ = std::max(*lost_, replication::LogEnd{(*entry)->ballot, stored.index()});
    return {};
  }
  if (stored.header.kind == RecordKind::truncate) {
    map.truncate(stored.index(), stored.next_offset_after_truncation());
    return {};
  }
  if (stored.header.kind == RecordKind::install) {
    lost_.reset();
    return replay_base(stored);
  }
  if (stored.header.kind == RecordKind::compact) {
    const auto base = stored.base();
    if (!base || base->index > map.last())
      return failure(std::errc::bad_message, "it is not as it is written");
    map.compact(*base);
    return {};
  }
  if (!stored.record || stored.header.kind == RecordKind::decided) return {};
  map.apply(*stored.record);
  return reading_.state.replay(*stored.record);
}

replication::Checkpoint Recovery::decided_so_far() const {
  const replication::StableState& state = reading_.state;
  replication::Checkpoint checkpoint{.ballots = state.ballots(), .state = state.decided_state()};
  if (state.last() > state.decided()) checkpoint.ballots.truncate(state.decided() + 1);
  return checkpoint;
}

Result<void> Recovery::plan_salvage(std::size_t at) {
  const Index decided = reading_.state.decided();
  const BaseMark base = reading_.map->base();
  if (base.index > decided) return no_checkpoint_for(base.index);
  const SegmentHeader& newest = segments_[segments_[at].opening ? at : at - 1].header;
  const auto& kept = reading_.state.undecided();
  const auto end = kept.begin() + static_cast<std::ptrdiff_t>(entries_that_fit(kept, newest.bytes));
  const replication::AppendRecord undecided{.first = decided + 1, .entries = {kept.begin(), end}};
  reading_.state =
      replication::StableState(decided_so_far(), {.promised = reading_.state.promised(),
                                                  .removed = reading_.state.is_removed(),
                                                  .lost = std::max(reading_.state.lost(), *lost_),
                                                  .decided = decided,
                                                  .last = decided,
                                                  .base = snapshot_of(base)});
  if (auto replayed = reading_.state.replay(undecided); !replayed) return replayed;
  reading_.salvage.emplace(Salvage{.newest = newest,
                                   .opening = opening_behind(at),
                                   .checkpoint = reading_.checkpoint,
                                   .kept = {},
                                   .keeps_some = segments_[at].opening.has_value()});
  if (reading_.salvage->keeps_some) {
    reading_.salvage->kept = reading_.map->newest_index();
    reading_.salvage->kept.truncate(decided + 1);
  }
  return reading_.state.check_complete();
}

// Of the segment that the log goes on in without what was lost.
Opening Recovery::opening_behind(std::size_t at) const {
  const replication::StableState& state = reading_.state;
  Opening opening = opening_;  // what it says of the segment before is right if segment `at` has not begun
  if (segments_[at].opening) {
    const SegmentPlace newest = reading_.map->segments().back();
    opening.previous_file = newest.header.file;
    opening.previous_end = reading_.position;
    opening.previous_first = newest.first;
  }
  opening.promised = state.promised();
  opening.removed = state.is_removed();
  opening.lost = state.lost();
  opening.decided = state.decided();
  opening.checkpoint = state.decided();
  opening.last = state.decided();
  opening.last_ballot = state.ballots().at(state.decided());
  opening.next_offset = state.decided_state().next_offset();
  if (opening.previous_first.index > opening.last) {
    opening.previous_first.index = opening.last + 1;
    opening.previous_first.offset = opening.next_offset;
  }
  return opening;
}

void Recovery::tell_damage() {
  if (damage_.empty()) return;
  std::string places = damage_.front();
  if (damage_.size() > 1) places += ", and " + std::to_string(damage_.size() - 1) + " more places behind it";
  const std::string first = std::to_string(reading_.state.last() + 1);
  reading_.report.notes.push_back(
      lost_
          ? "the entries from " + first + " on (the log ended with entry " + std::to_string(lost_->index) +
                ") could not be read: damage in " + places +
                ". This node gets them again from the others; until it has them it stands for no election "
                "and votes only for who has them"
          : "there is damage in " + places +
                ". A checkpoint stands for what was there, so nothing is missing for this node's part in the "
                "cluster; what is read there is fetched from the others first");
}

std::string Recovery::place(const SegmentHeader& segment, std::uint64_t position) const {
  return folder_.name() + "/" + segment_name(segment.number) + " at byte " +
         std::to_string(position - segment.start);
}

}  // namespace bellwether::storage
