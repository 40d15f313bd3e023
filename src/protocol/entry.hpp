// protocol/entry.hpp: one entry of the log: its meaning, and the bytes that stand for it on every disk and every wire.
//
// Format, version 1, all integers little-endian. Header, 48 bytes:
//    0  u32 body_bytes   4  u8 version   5  u8 kind   6  u16 flags (0)
//    8  u64 ballot.round   16  u64 ballot.id   24  u32 ballot.priority   28  u32 reserved (0)
//   32  u64 time_ms   40  u64 sum
// Body of a batch: u32 number of groups, then a 32-byte header for each group
//    0  u8 version   1  u8 flags (0)   2  u16 reserved (0)   4  u32 count   8  u64 producer   16  u64 sequence
//   24  u32 bytes   28  u32 reserved (0)
// and then the groups' messages in that order, byte for byte as the clients sent them: each message a u32 length and
// its bytes. Bodies of the other kinds: see entry_body.hpp.
//
// The sum is XXH3-64, seeded with the entry's index, over header (with sum = 0) and body: an entry at the wrong place
// fails. The leader makes it once; every receiver and reader checks it.
//
// Threads: immutable once made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "protocol/ballot.hpp"
#include "protocol/ids.hpp"

namespace bellwether {

// What one append request brought. producer == no_producer: always appended, never remembered.
struct Group {
  ProducerId producer = no_producer;
  Sequence sequence = 0;
  std::uint32_t count = 0;  // messages
  std::uint32_t bytes = 0;  // of all messages with their length prefixes

  friend bool operator==(const Group&, const Group&) = default;
};

struct Noop {
  friend bool operator==(const Noop&, const Noop&) = default;
};
struct Batch {
  std::vector<Group> groups;
  friend bool operator==(const Batch&, const Batch&) = default;
};
struct RegisterProducer {
  friend bool operator==(const RegisterProducer&, const RegisterProducer&) = default;
};
struct InitCluster {  // the first entry of a cluster: its first member, a voter
  std::string cluster;
  std::string token;
  std::string address;
  std::uint32_t priority = 0;
  friend bool operator==(const InitCluster&, const InitCluster&) = default;
};
struct AddMember {  // as a learner
  NodeId id = nobody;
  std::string token;
  std::string address;
  std::uint32_t priority = 0;
  bool stays_learner = false;
  friend bool operator==(const AddMember&, const AddMember&) = default;
};
struct PromoteMember {
  NodeId id = nobody;
  friend bool operator==(const PromoteMember&, const PromoteMember&) = default;
};
struct RemoveMember {
  NodeId id = nobody;
  friend bool operator==(const RemoveMember&, const RemoveMember&) = default;
};
struct UpdateMember {
  NodeId id = nobody;
  std::string address;
  std::uint32_t priority = 0;
  friend bool operator==(const UpdateMember&, const UpdateMember&) = default;
};
// A forced reconfiguration: from here on the log is that of another cluster, whose only member is this voter. It keeps
// its id; all others are gone. Never appended by a running node: `bellwetherctl recover` puts it behind a stopped
// node's log.
struct ResetCluster {
  std::string cluster;
  std::string former;       // the cluster whose log it was until then
  std::uint64_t epoch = 0;  // of the new one: one more than the former's
  NodeId id = nobody;
  std::string token;
  std::string address;
  std::uint32_t priority = 0;
  friend bool operator==(const ResetCluster&, const ResetCluster&) = default;
};

// The order is the kind number of the format.
using EntryContent = std::variant<Noop, Batch, RegisterProducer, InitCluster, AddMember, PromoteMember,
                                  RemoveMember, UpdateMember, ResetCluster>;

struct Entry {
  Ballot ballot;              // of the leader that first appended it; never changes
  std::uint64_t time_ms = 0;  // the leader's wall clock at append; nothing is ever decided on it
  std::uint64_t sum = 0;
  EntryContent content;
  std::vector<Bytes> encoded;     // header and body in pieces, in order
  std::size_t encoded_bytes = 0;  // sum of the pieces

  std::uint32_t message_count() const;  // messages that it brings; 0 for everything but batches
};

using EntryPtr = std::shared_ptr<const Entry>;

constexpr std::size_t entry_header_bytes = 48;
constexpr std::size_t group_header_bytes = 32;

// The messages of a batch's groups, one or more pieces each, in the groups' order; empty for the other kinds.
EntryPtr make_entry(Index index, Ballot ballot, std::uint64_t time_ms, EntryContent content,
                    std::vector<Bytes> messages = {});

// Reads the entry at the front of `bytes`, which may hold more behind it (see encoded_bytes).
// Errors: an entry that is cut short, has an unknown version, kind or flag, or whose sum does not fit `index`.
Result<EntryPtr> parse_entry(Index index, const Bytes& bytes);

// What is left of an entry whose body does not fit its sum, as far as something else has proved the header: ballot and
// time; which messages it brought is lost. Null: the sum fits, or that is no header of this version.
EntryPtr parse_unreadable_entry(Index index, const Bytes& bytes);

// The bytes of a batch's messages (after its group headers), in one piece: shared if it already is, else copied.
Bytes messages_of(const Entry& entry);

}  // namespace bellwether
