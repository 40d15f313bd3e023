#include "world/disk.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "world/stable_comparison.hpp"
#include "world/violation.hpp"

namespace bellwether::simulation {

using replication::AppendRecord;
using replication::CompactRecord;
using replication::DecidedRecord;
using replication::InstallRecord;
using replication::LogEnd;
using replication::LostRecord;
using replication::NumberedRecord;
using replication::PromiseRecord;
using replication::Record;
using replication::RemovedRecord;
using replication::StableState;
using replication::TruncateRecord;

namespace {

std::vector<Record> parts_of(const Record& record) {
  const auto* append = std::get_if<AppendRecord>(&record);
  if (append == nullptr) return {record};
  std::vector<Record> parts;
  for (const EntryPtr& entry : append->entries) {
    parts.emplace_back(AppendRecord{.first = append->first + parts.size(), .entries = {entry}});
  }
  return parts;
}

}  // namespace

bool Disk::holds(Index index, const Entry& entry) const {
  return holds(index, entry.ballot) && (index <= log_.base() || log_[index - 1]->sum == entry.sum);
}

bool Disk::holds(Index index, Ballot ballot) const {
  return index <= log_.base() || (index <= log_.size() && log_[index - 1]->ballot == ballot);
}

void Disk::write(const std::vector<NumberedRecord>& records) {
  for (const auto& record : records) {
    if (last_written_ && record.number <= *last_written_) throw Violation("S1: record numbers don't ascend");
    last_written_ = record.number;
    pending_.push_back(record);
  }
}

bool Disk::has_to_sync() const {
  return !syncing_ && std::ranges::any_of(pending_, [](const NumberedRecord& pending) {
    return !std::holds_alternative<DecidedRecord>(pending.record);
  });
}

RecordNumber Disk::start_sync() {
  syncing_ = pending_.back().number;
  return *syncing_;
}

void Disk::finish_sync() {
  while (!pending_.empty() && pending_.front().number <= *syncing_) {
    store(pending_.front().record);
    pending_.pop_front();
  }
  syncing_.reset();
}

void Disk::store(const Record& record) {
  if (mutant_ == Mutant::promises_forgotten && std::holds_alternative<PromiseRecord>(record)) return;
  make_durable(record);
}

void Disk::make_durable(const Record& record) {
  if (const auto replayed = stable_.replay(record); !replayed) {
    throw Violation("S1: a record doesn't follow from those before it: " + replayed.error().what);
  }
  if (const auto* append = std::get_if<AppendRecord>(&record)) {
    for (const EntryPtr& entry : append->entries) log_.push_back(entry);
  } else if (const auto* truncate = std::get_if<TruncateRecord>(&record)) {
    note_former(truncate->from);
    log_.resize(truncate->from - 1);
  } else if (const auto* compact = std::get_if<CompactRecord>(&record)) {
    log_.drop_upto(compact->base->index);
  } else if (const auto* install = std::get_if<InstallRecord>(&record)) {
    log_.replace_by(install->base->index, install->base->ballot);
  }
  if (log_.size() != stable_.last()) throw Violation("the replayed records' end is not that of the log");
}

void Disk::keep_part_of(const Record& record, Random& random) {
  const auto* append = std::get_if<AppendRecord>(&record);
  if (append == nullptr || append->entries.size() < 2) return;
  AppendRecord part = *append;
  part.entries.resize(random.below(part.entries.size()));
  if (!part.entries.empty()) make_durable(part);
}

void Disk::crash(Crash kind, Random& random) {
  std::size_t kept = kind == Crash::keep_all ? pending_.size() : 0;
  if (kind == Crash::any) kept = random.below(pending_.size() + 1);
  for (std::size_t i = 0; i < kept; ++i) store(pending_[i].record);
  if (kind == Crash::any && kept < pending_.size()) keep_part_of(pending_[kept].record, random);
  if (mutant_ == Mutant::synced_entries_lost && stable_.last() > stable_.decided()) {
    make_durable(TruncateRecord{.from = stable_.last()});
  }
  if (mutant_ == Mutant::directory_emptied) *this = Disk(mutant_, limits_);
  forget_pending();
}

void Disk::forget_pending() {
  pending_.clear();
  syncing_.reset();
  last_written_.reset();
}

// An append is stored entry by entry.
void Disk::recover_as(const StableState& found, Index decided_max, bool is_harmed) {
  std::vector<Record> rest;
  for (const NumberedRecord& pending : pending_) {
    for (Record& part : parts_of(pending.record)) rest.push_back(std::move(part));
  }
  forget_pending();
  StableState candidate = stable_;
  std::optional<std::size_t> kept;
  for (std::size_t i = 0;; ++i) {
    if (may_be(found, candidate, is_harmed)) kept = i;
    if (i == rest.size() || !candidate.replay(rest[i])) break;
  }
  if (is_harmed && !kept) return lose_as(found, rest, decided_max);
  for (std::size_t i = 0; i < kept.value_or(0); ++i) make_durable(rest[i]);
  if (found.decided() > stable_.decided() && found.decided() <= std::min(decided_max, stable_.last()))
    make_durable(DecidedRecord{found.decided()});
  if (is_harmed) follow_checkpoints_of(found);
  if (const std::string differs = difference(found, stable_); !differs.empty())
    throw Violation("S1: after a crash a start finds what was never written so: " + differs);
}

// An index and a ballot are one entry (I2).
bool Disk::has_lost(Index index, Ballot ballot) const {
  const auto found = lost_.find(index);
  return stable_.lost().index > 0 && found != lost_.end() && found->second->ballot == ballot;
}

void Disk::lose_from(Index from) {
  const LogEnd end{stable_.ballots().last_ballot(), stable_.last()};
  const LogEnd lost = std::max(stable_.lost(), end);
  if (stable_.lost().index == 0) lost_.clear();
  for (Index index = from; index <= log_.size(); ++index) lost_[index] = log_[index - 1];
  keep_upto(from - 1, stable_.decided());
  make_durable(LostRecord{lost});
}

bool Disk::start_as(const StableState& found) {
  if (!may_be(found, stable_, true)) {
    lose_as(found, {}, stable_.decided());
    return true;
  }
  follow_checkpoints_of(found);
  if (const std::string differs = difference(found, stable_); !differs.empty())
    throw Violation("S6: a start on damaged files goes on as if nothing were missing: " + differs);
  return false;
}

// A hint may have been said by a file that cannot be read any more.
void Disk::follow_checkpoints_of(const StableState& found) {
  if (found.decided() < stable_.decided()) keep_upto(log_.size(), found.decided());
  const Index base = index_of(found.base());
  if (base > index_of(stable_.base()) && base <= stable_.decided()) make_durable(CompactRecord{found.base()});
}

// The log as it was at some earlier moment, with all that was promised since, and with the end that it had.
void Disk::lose_as(const StableState& found, const std::vector<Record>& rest, Index decided_max) {
  Ballot promised_max = stable_.promised();
  bool may_be_removed = stable_.is_removed();
  for (const Record& record : rest) {
    if (const auto* promise = std::get_if<PromiseRecord>(&record))
      promised_max = std::max(promised_max, promise->ballot);
    may_be_removed = may_be_removed || std::holds_alternative<RemovedRecord>(record);
  }
  if (found.promised() < stable_.promised() || found.promised() > promised_max)
    throw Violation("S4: a start goes on after damage with the promise " + text(found.promised()) +
                    " instead of " + text(stable_.promised()));
  if (found.is_removed() != stable_.is_removed() && !(found.is_removed() && may_be_removed))
    throw Violation("S4: a start goes on after damage and does not know whether it is removed");
  const LogEnd end{stable_.ballots().last_ballot(), stable_.last()};
  if (found.lost() < std::max(stable_.lost(), end))
    throw Violation("S6: a start goes on after damage, and does not say what it has lost");
  if (found.decided() > std::max(decided_max, stable_.decided()) ||
      index_of(found.base()) < index_of(stable_.base()))
    throw Violation("S6: a start goes on after damage with more than there was");
  take_over(found);
  if (const std::string differs = difference(found, stable_); !differs.empty())
    throw Violation("S6: a start goes on after damage with what was never written so: " + differs);
}

// An index and a ballot are one entry (I2).
EntryPtr Disk::ever_had(Index index, Ballot ballot) const {
  if (log_.has(index) && log_.ballot_at(index) == ballot) return log_[index - 1];
  const auto found = former_.find({index, ballot});
  return found == former_.end() ? nullptr : found->second;
}

void Disk::note_former(Index from) {
  for (Index index = std::max(from, log_.base() + 1); index <= log_.size(); ++index)
    former_[{index, log_.ballot_at(index)}] = log_[index - 1];
}

void Disk::take_over(const StableState& found) {
  const Index base = index_of(found.base());
  std::vector<EntryPtr> entries;
  for (Index index = base + 1; index <= found.last(); ++index) {
    entries.push_back(ever_had(index, found.ballots().at(index)));
    if (!entries.back()) throw Violation("S6: a start goes on with an entry that it never had");
  }
  if (stable_.lost().index == 0) lost_.clear();
  for (Index index = log_.base() + 1; index <= log_.size(); ++index) {
    const bool is_left =
        index <= base || (index <= found.last() && found.ballots().at(index) == log_.ballot_at(index));
    if (!is_left) lost_[index] = log_[index - 1];
  }
  note_former(base + 1);
  stable_ = StableState(limits_);
  log_ = EntryLog();
  make_durable(PromiseRecord{found.promised()});
  if (base > 0) make_durable(InstallRecord{found.base()});
  for (const EntryPtr& entry : entries)
    make_durable(AppendRecord{.first = log_.size() + 1, .entries = {entry}});
  make_durable(DecidedRecord{found.decided()});
  if (found.is_removed()) make_durable(RemovedRecord{});
  make_durable(LostRecord{found.lost()});
}

// The same disk with less on it.
void Disk::keep_upto(Index last, Index decided) {
  const StableState before = std::exchange(stable_, StableState(limits_));
  const EntryLog log = std::exchange(log_, EntryLog());
  make_durable(PromiseRecord{before.promised()});
  if (before.base()) make_durable(InstallRecord{before.base()});
  for (Index index = log.base() + 1; index <= last; ++index) {
    make_durable(AppendRecord{.first = index, .entries = {log[index - 1]}});
  }
  make_durable(DecidedRecord{std::min(decided, last)});
  if (before.is_removed()) make_durable(RemovedRecord{});
  if (before.lost().index > 0) make_durable(LostRecord{before.lost()});
}

}  // namespace bellwether::simulation
