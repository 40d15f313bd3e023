// protocol/messages.hpp: what members say to each other, as plain structs (consensus.md section 3).
// A message names entries by range; the runtime attaches them when it sends, and what arrives has them
// attached.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "protocol/ballot.hpp"
#include "protocol/entry.hpp"
#include "protocol/ids.hpp"

namespace bellwether {

// Entries after `previous`: [previous + 1, end). The core fills the range; the runtime attaches the items
// before it sends. In a received message the items are there: items.size() == end - previous - 1.
struct EntryRange {
  Index previous = 0;
  Ballot previous_ballot;
  Index end = 0;
  std::vector<EntryPtr> items;
};

// A base that has to be fetched before the entries behind it are of use.
struct SnapshotName {
  Index index = 0;
  Ballot last_ballot;       // of the entry at `index`
  std::uint64_t total = 0;  // bytes of its encoded state

  friend bool operator==(const SnapshotName&, const SnapshotName&) = default;
};

// How much of it somebody holds: the first `position` bytes.
struct SnapshotPosition {
  Index index = 0;
  std::uint64_t position = 0;
};

struct HeartbeatRequest {
  std::uint64_t round = 0;
  std::optional<Ballot> lost;  // the sender just lost the leader of this ballot
};
struct HeartbeatReply {
  std::uint64_t round = 0;
  Ballot ballot;  // own
  Ballot leader;  // greatest known
  bool happy = false;
  bool quorum_connected = false;
  Index last = 0;
  std::uint32_t priority = 0;
  bool room = true;  // on the disk, for messages
};
struct Prepare {
  Ballot ballot;
  Ballot last_ballot;
  Index last = 0;
  Index decided = 0;
};
struct Promise {
  Ballot ballot;
  Ballot last_ballot;
  Index last = 0;
  Index decided = 0;
  std::optional<EntryRange> missing;          // where the promiser's log is more up to date
  std::optional<SnapshotName> snapshot = {};  // what `missing`, which is empty then, stands behind
};
struct Pull {
  Ballot ballot;
  Index last = 0;  // up to here the candidate's log is known to equal the promiser's
  Ballot last_ballot;
  Index decided = 0;
  std::optional<SnapshotPosition> snapshot = {};  // asks for bytes of that one from there on
};
struct Suffix {
  Ballot ballot;
  EntryRange entries;
  std::optional<SnapshotName> snapshot = {};  // what `entries`, which are none then, stand behind
};
struct Accept {
  Ballot ballot;
  EntryRange entries;
  Index decided = 0;
  std::uint64_t read = 0;
};
struct SnapshotChunk {  // leader to member, and promiser to candidate
  Ballot ballot;
  SnapshotName of;
  std::uint64_t position = 0;
  Bytes bytes;  // of the encoded state from `position` on; none: how much do you hold?
  Index decided = 0;
  std::uint64_t read = 0;
};
struct Accepted {
  Ballot ballot;
  Index durable_match = 0;
  Index match = 0;  // in memory
  std::uint64_t read = 0;
  std::optional<SnapshotPosition> snapshot = {};  // while it takes one, in memory
};
struct Mismatch {
  Ballot ballot;
  Index last = 0;
  Ballot last_ballot;
  Index decided = 0;
};
struct Nack {
  Ballot ballot;
  Ballot promised;
};
struct TakeOver {
  Ballot ballot;
};
struct Removed {};
struct ReadIndexRequest {
  std::uint64_t request = 0;
};
struct ReadIndexReply {
  std::uint64_t request = 0;
  Index index = 0;
};

// Entries that the sender has decided and cannot read any more (S6); answered by Entries.
struct Fetch {
  Index first = 0;
  Index last = 0;  // this one, too
};
struct Entries {  // whether the sender knows them as decided or not; none: it cannot help
  EntryRange entries;
};

using Message = std::variant<HeartbeatRequest, HeartbeatReply, Prepare, Promise, Pull, Suffix, Accept,
                             SnapshotChunk, Accepted, Mismatch, Nack, TakeOver, Removed, ReadIndexRequest,
                             ReadIndexReply, Fetch, Entries>;

}  // namespace bellwether
