// replication/output.hpp: what a step of the core asks of its runtime. Within one step hand the records to
// the disk before or together with the messages; messages that must wait for the disk are held back by the
// core itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "protocol/error_code.hpp"
#include "protocol/messages.hpp"
#include "replication/record.hpp"
#include "replication/snapshot.hpp"

namespace bellwether::replication {

enum class RequestId : std::uint64_t {};  // chosen by the runtime, never reused

struct Outgoing {
  NodeId to = nobody;
  Message message;  // an EntryRange in it has no items yet: attach them, or drop the message if they were
                    // truncated
};

// ---- answers to clients' requests, each request answered exactly once
struct AppendDone {  // decided: on a majority's disks, for ever
  Index index = 0;
  std::optional<Offset> offset;  // of the first message; none: stored long ago, the place is forgotten
  std::uint32_t count = 0;
};
struct RegisterDone {
  ProducerId producer = no_producer;
};
struct ReadDone {  // everything acknowledged before the read was asked has an index <= `index`, which is
                   // decided here
  Index index = 0;
};
struct JoinDone {
  NodeId id = nobody;
};
struct AdminDone {};
struct Refused {
  ErrorCode code = ErrorCode::retry;
  NodeId leader = nobody;            // not_leader
  std::optional<Sequence> expected;  // sequence_gap
  std::string reason;                // refused: why, for a person
};
using Answer = std::variant<AppendDone, RegisterDone, ReadDone, JoinDone, AdminDone, Refused>;

struct ClientAnswer {
  RequestId request{};
  Answer answer;
};

struct DecidedEntry {
  Index index = 0;
  Offset offset = 0;  // of its first message; for other kinds, of the next message
  EntryPtr entry;
};

// One that could not be read any more (Replica::on_damaged), as another member has it: store it where reads find it.
struct RepairedEntry {
  Index index = 0;
  EntryPtr entry;
};

enum class Role { follower, candidate, leader };

struct RoleChange {
  Role role = Role::follower;
  Ballot ballot;    // the promised one
  Index start = 0;  // leader: index of its first own entry
};

struct Output {
  std::vector<NumberedRecord> records;
  std::vector<Outgoing> messages;
  // The log was replaced by this one: all that was read, cached or counted of the former one is void. Comes
  // before `decided`, which goes on behind it.
  SnapshotPtr installed;
  std::vector<DecidedEntry> decided;  // ascending, without gaps over a node's run, but for `installed`
  std::vector<RoleChange> role_changes;
  std::vector<ClientAnswer> answers;
  std::vector<RepairedEntry> repaired;
  std::vector<std::string> notices;  // what an operator should read, in plain words

  bool empty() const {
    return records.empty() && messages.empty() && !installed && decided.empty() && role_changes.empty() &&
           answers.empty() && repaired.empty() && notices.empty();
  }
};

}  // namespace bellwether::replication
