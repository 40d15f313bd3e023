#include "replication/log.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"

namespace bellwether::replication {
namespace {

constexpr std::size_t sizes_kept_max = 65'536;  // of decided entries: more than any window spans, 512 KiB

}  // namespace

Log::Log(const StableState& stable, Journal& journal)
    : journal_(journal),
      base_(stable.base()),
      ballots_(stable.ballots()),
      decided_(stable.decided()),
      durable_(stable.last()),
      decided_state_(stable.decided_state()),
      undecided_(stable.undecided()),
      sizes_before_(stable.decided()) {
  for (const EntryPtr& entry : undecided_) add_size(*entry);
  rebuild_tail();
}

bool Log::is_ahead_of(Ballot last_ballot, Index last) const {
  return std::pair(this->last_ballot(), this->last()) > std::pair(last_ballot, last);
}

bool Log::is_behind(Ballot last_ballot, Index last) const {
  return std::pair(this->last_ballot(), this->last()) < std::pair(last_ballot, last);
}

void Log::append(const EntryPtr& entry) {
  const RecordNumber record = journal_.write(AppendRecord{.first = last() + 1, .entries = {entry}});
  remember(entry, record);
  tail_state_.apply(last(), *entry);
}

void Log::append_batch(const EntryPtr& entry) {
  const RecordNumber record = journal_.write(AppendRecord{.first = last() + 1, .entries = {entry}});
  remember(entry, record);
  tail_state_.close_batch();
  BELLWETHER_ASSERT(tail_state_.applied() == last());
}

void Log::remember(const EntryPtr& entry, RecordNumber record) {
  ballots_.append(entry->ballot);
  undecided_.push_back(entry);
  not_durable_.push_back(record);
  add_size(*entry);
}

void Log::add_size(const Entry& entry) {
  sizes_.push_back((sizes_.empty() ? bytes_before_ : sizes_.back()) + entry.encoded_bytes);
}

Missing Log::missing(Index last, Ballot last_ballot, Index decided, const ChunkLimits& limits) const {
  if (has(last, last_ballot)) return {.base = std::nullopt, .entries = range(last, limits)};
  if (decided >= base_index()) {
    return {.base = std::nullopt, .entries = range(std::min(decided, this->last()), limits)};
  }
  return {.base = name_of(*base_), .entries = range(base_index(), {.entries_max = 0, .bytes_max = 0})};  // K2
}

EntryRange Log::range(Index previous, const ChunkLimits& limits) const {
  EntryRange range;
  range.previous = previous;
  range.previous_ballot = ballot_at(previous);
  Index upto = std::min(last(), previous + limits.entries_max);
  while (upto > previous + 1 && bytes_between(previous, upto) > limits.bytes_max) {
    upto = previous + (upto - previous) / 2;
  }
  range.end = upto + 1;
  return range;
}

void Log::compact(const SnapshotPtr& base) {
  BELLWETHER_ASSERT(base->index > base_index());
  BELLWETHER_ASSERT(base->index <= decided_);
  BELLWETHER_ASSERT(base->index <= durable());
  BELLWETHER_ASSERT(base->ballot == ballot_at(base->index));
  journal_.write(CompactRecord{.base = base});
  base_ = base;
  ballots_.drop_upto(base->index);
}

void Log::install(const SnapshotPtr& base, state::State state) {
  BELLWETHER_ASSERT(base->index > decided_);
  BELLWETHER_ASSERT(base->index == state.applied());
  install_record_ = journal_.write(InstallRecord{.base = base});
  base_ = base;
  ballots_ = BallotRuns({.index = base->index, .ballot = base->ballot});
  decided_ = base->index;
  durable_ = base->index;
  decided_state_ = std::move(state);
  undecided_.clear();
  not_durable_.clear();
  sizes_before_ = base->index;
  sizes_.clear();
  bytes_before_ = 0;
  rebuild_tail();
}

// Section 6. Truncates on a conflict only; entries behind the last of `entries` are kept.
bool Log::graft(const EntryRange& entries) {
  const Index previous = entries.previous;
  if (previous > decided_ && (previous > last() || ballot_at(previous) != entries.previous_ballot))
    return false;
  // What is decided is equal everywhere and is never compared (K3).
  std::size_t at = previous < decided_ ? std::min<std::size_t>(decided_ - previous, entries.items.size()) : 0;
  Index index = previous + 1 + at;
  while (at < entries.items.size() && index <= last() && ballot_at(index) == entries.items[at]->ballot) {
    ++at;
    ++index;
  }
  if (at == entries.items.size()) return true;
  if (index <= last()) truncate(index);
  std::vector<EntryPtr> fresh(entries.items.begin() + static_cast<std::ptrdiff_t>(at), entries.items.end());
  const RecordNumber record = journal_.write(AppendRecord{.first = index, .entries = fresh});
  for (const EntryPtr& entry : fresh) {
    remember(entry, record);
    tail_state_.apply(last(), *entry);
  }
  return true;
}

void Log::truncate(Index from) {
  BELLWETHER_ASSERT(from > decided_);  // L11
  journal_.write(TruncateRecord{.from = from});
  ballots_.truncate(from);
  undecided_.resize(from - decided_ - 1);
  sizes_.resize(from - sizes_before_ - 1);
  if (from <= durable_) {  // S3: at once
    durable_ = from - 1;
    not_durable_.clear();
  } else {
    not_durable_.resize(from - durable_ - 1);
  }
  rebuild_tail();
}

void Log::rebuild_tail() {
  tail_state_ = decided_state_;
  for (const EntryPtr& entry : undecided_) tail_state_.apply(tail_state_.applied() + 1, *entry);
}

std::uint64_t Log::bytes_between(Index after, Index upto) const {
  const auto total_at = [this](Index index) {
    return index > sizes_before_ ? sizes_[index - sizes_before_ - 1] : bytes_before_;
  };
  return total_at(upto) - total_at(std::min(after, upto));
}

std::vector<DecidedEntry> Log::advance(Index upto) {
  BELLWETHER_ASSERT(upto >= decided_);
  BELLWETHER_ASSERT(upto <= last());
  std::vector<DecidedEntry> decided;
  decided.reserve(upto - decided_);
  while (decided_ < upto) {
    ++decided_;
    decided.push_back(
        {.index = decided_, .offset = decided_state_.next_offset(), .entry = undecided_.front()});
    decided_state_.apply(decided_, *undecided_.front());
    undecided_.pop_front();
  }
  journal_.write(DecidedRecord{.decided = decided_});
  forget_old_sizes();
  return decided;
}

void Log::forget_old_sizes() {
  while (sizes_.size() > sizes_kept_max && sizes_before_ < decided_) {
    bytes_before_ = sizes_.front();
    sizes_.pop_front();
    ++sizes_before_;
  }
}

void Log::on_durable() {
  while (!not_durable_.empty() && journal_.is_durable(not_durable_.front())) {
    not_durable_.pop_front();
    ++durable_;
  }
}

}  // namespace bellwether::replication
