#include "replication/journal.hpp"

#include <algorithm>
#include <utility>

namespace bellwether::replication {

RecordNumber Journal::write(Record record) {
  ++written_;
  if (!std::holds_alternative<DecidedRecord>(record)) written_to_sync_ = written_;
  records_.push_back({.number = written_, .record = std::move(record)});
  return written_;
}

void Journal::on_durable(RecordNumber upto) { durable_ = std::max(durable_, upto); }

std::vector<NumberedRecord> Journal::take_records() { return std::exchange(records_, {}); }

void Journal::end_round() {
  const bool stuck = written_to_sync_ > durable_ && durable_ == durable_at_round_;
  stalled_rounds_ = stuck ? stalled_rounds_ + 1 : 0;
  durable_at_round_ = durable_;
}

}  // namespace bellwether::replication
