// replication/record.hpp: what the core asks the disk to keep, in one order (consensus.md S1). The disk
// reports "everything up to record n is durable"; a crash may lose any suffix of what is not.
#pragma once

#include <compare>
#include <variant>
#include <vector>

#include "protocol/ballot.hpp"
#include "protocol/entry.hpp"
#include "protocol/ids.hpp"
#include "replication/snapshot.hpp"

namespace bellwether::replication {

// Where a log ends. The greater one is more up to date (consensus.md section 1).
struct LogEnd {
  Ballot ballot;
  Index index = 0;

  friend auto operator<=>(const LogEnd&, const LogEnd&) = default;
};

struct PromiseRecord {
  Ballot ballot;
};
struct AppendRecord {
  Index first = 0;
  std::vector<EntryPtr> entries;
};
struct TruncateRecord {  // drops every entry from `from` on
  Index from = 0;
};
struct DecidedRecord {  // a hint: written in order with the rest, never waited for, asks for no sync
  Index decided = 0;
};
struct RemovedRecord {};  // this node is no member any more
// S6: damage took entries of this log, which ended there before; index 0: it is again at least as up to date.
struct LostRecord {
  LogEnd end;
};
// Both take effect as a whole or not at all (S2): the snapshot is on the disk before its record is (D5).
struct CompactRecord {  // drops the entries up to base->index, which are decided and durable; the rest stays
  SnapshotPtr base;
};
struct InstallRecord {  // drops the whole log, which then begins and ends with base->index, decided
  SnapshotPtr base;
};

using Record = std::variant<PromiseRecord, AppendRecord, TruncateRecord, DecidedRecord, RemovedRecord,
                            LostRecord, CompactRecord, InstallRecord>;

struct NumberedRecord {
  RecordNumber number = 0;
  Record record;
};

}  // namespace bellwether::replication
