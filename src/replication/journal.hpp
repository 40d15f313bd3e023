// replication/journal.hpp: numbers the records that a replica asks its disk to keep, and knows how far
// they are durable (consensus.md S1, E12).
// Threads: none, no lock.
#pragma once

#include <cstdint>
#include <vector>

#include "replication/record.hpp"

namespace bellwether::replication {

class Journal {
 public:
  RecordNumber write(Record record);  // its number
  void on_durable(RecordNumber upto);
  std::vector<NumberedRecord> take_records();

  // Of the entries in records that were not taken yet, about: with what a disk adds to each.
  std::uint64_t entry_bytes() const { return entry_bytes_; }

  RecordNumber written() const { return written_; }
  RecordNumber durable() const { return durable_; }
  bool is_durable(RecordNumber number) const { return number <= durable_; }

  // At the end of every round: counts rounds in which a sync was waited for and nothing became durable.
  void end_round();
  std::uint64_t stalled_rounds() const { return stalled_rounds_; }

 private:
  std::vector<NumberedRecord> records_;
  std::uint64_t entry_bytes_ = 0;
  RecordNumber written_ = 0;
  RecordNumber written_to_sync_ = 0;  // the last one that is more than a hint
  RecordNumber durable_ = 0;
  RecordNumber durable_at_round_ = 0;
  std::uint64_t stalled_rounds_ = 0;
};

}  // namespace bellwether::replication
