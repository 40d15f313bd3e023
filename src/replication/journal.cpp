#include "replication/journal.hpp"

#include <algorithm>
#include <utility>

namespace bellwether::replication {
namespace {

constexpr std::uint64_t added_by_disk = 64;  // to each entry, at most

}  // namespace

RecordNumber Journal::write(Record record) {
  ++written_;
  if (!std::holds_alternative<DecidedRecord>(record)) written_to_sync_ = written_;
  if (const auto* append = std::get_if<AppendRecord>(&record)) {
    for (const EntryPtr& entry : append->entries) entry_bytes_ += entry->encoded_bytes + added_by_disk;
  }
  records_.push_back({.number = written_, .record = std::move(record)});
  return written_;
}

void Journal::on_durable(RecordNumber upto) { durable_ = std::max(durable_, upto); }

std::vector<NumberedRecord> Journal::take_records() {
  entry_bytes_ = 0;
  return std::exchange(records_, {});
}

void Journal::end_round() {
  const bool stuck = written_to_sync_ > durable_ && durable_ == durable_at_round_;
  stalled_rounds_ = stuck ? stalled_rounds_ + 1 : 0;
  durable_at_round_ = durable_;
}

}  // namespace bellwether::replication
