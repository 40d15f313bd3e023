// protocol/packets.hpp: what clients, joining nodes and fresh links say and are told, as plain structs
// (interfaces.md; docs/protocol.md shows each on the wire). Members' consensus messages are in messages.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "protocol/ballot.hpp"
#include "protocol/error_code.hpp"
#include "protocol/ids.hpp"
#include "protocol/messages.hpp"

namespace bellwether {

struct LeaderInfo {
  NodeId id = nobody;
  std::string address;  // HOST:PORT
  friend bool operator==(const LeaderInfo&, const LeaderInfo&) = default;
};

// ---- links and joining
struct Hello {  // the first packet each way on a link between members
  std::uint32_t version_min = 1;
  std::uint32_t version_max = 1;
  std::string cluster;
  std::uint64_t epoch = 0;
  std::vector<std::string> former;  // cluster ids before a recovery
  NodeId from = nobody;
  NodeId to = nobody;
  std::uint64_t incarnation = 0;  // random at each start
  std::string address;
  std::uint32_t priority = 0;
  std::string key;             // the cluster's secret
  std::uint64_t clock_ms = 0;  // the wall clock where it was sent; 0: not said
};
struct Join {
  std::string token;  // the joiner's own random name: a repeated join gives one member
  std::string address;
  std::uint32_t priority = 0;
  bool stays_learner = false;
  std::optional<NodeId> replaces;  // its own former id
  std::string cluster;             // empty, or the cluster that it insists on
};
struct Joined {
  NodeId id = nobody;
  std::string cluster;
  std::string key;
  std::vector<LeaderInfo> members;
  std::uint64_t epoch = 0;  // how often the cluster was recovered
};

// ---- requests of clients
struct LeaderRequest {};
struct RegisterRequest {};
struct AppendRequest {
  ProducerId producer = no_producer;
  Sequence sequence = 0;
  std::uint32_t count = 1;
  Bytes messages;  // each a u32 little-endian length and its bytes; checked: exactly `count` of them
};
struct TailRequest {
  Offset from = 0;
  std::optional<std::uint64_t> limit;
  bool follow = false;
  bool local = false;
  bool text = false;
};
struct RemoveRequest {
  NodeId member = nobody;
};
struct MoveLeaderRequest {
  NodeId member = nobody;
};
struct SnapshotRequest {};
struct StatusRequest {};
struct MembersRequest {};
// The packet of the article that this project grew out of: {"source":{...},"dest":{...},"message":"..."}.
struct ArticleNode {
  std::string node_id;  // as JSON text, so that a number stays a number
  std::string ip_address;
  std::string port;
};
struct ArticlePacket {
  ArticleNode source;
  ArticleNode dest;
  std::string message;
};

// ---- answers
struct LeaderAnswer {
  std::optional<LeaderInfo> leader;
  Ballot ballot;
};
struct Registered {
  ProducerId producer = no_producer;
};
struct Appended {
  std::optional<Offset> offset;  // none: stored, but so long ago that the place is forgotten
  std::uint32_t count = 1;
};
struct Messages {  // a tail's body; empty ones keep a follower of the log informed
  Offset offset = 0;
  std::uint32_t count = 0;
  std::vector<std::uint64_t> times_ms;  // one per message
  std::vector<Bytes> body;              // as in AppendRequest::messages, in pieces
  std::optional<Offset> next;           // in an empty one
  std::optional<LeaderInfo> leader;
};
struct TextMessage {
  Offset offset = 0;
  std::string message;
};
struct End {
  Offset next = 0;
  std::string reason;  // caught-up, limit, leaving, removed, slow-reader
};
struct Done {};
enum class MemberRole { leader, candidate, follower, learner };
struct MemberStatus {
  NodeId id = nobody;
  std::string address;
  bool vote = false;
  bool learner = false;  // for ever; without vote and this: it catches up and votes then
  bool leads = false;
  std::uint32_t priority = 0;
  bool reachable = false;  // as the answering node sees it
  std::uint64_t unreachable_ms = 0;
  std::optional<std::uint64_t> lag;  // entries; only the leader knows
  bool room = true;                  // on its disk, for messages
};
struct StatusAnswer {
  std::string cluster;
  NodeId id = nobody;
  MemberRole role = MemberRole::follower;
  std::optional<LeaderInfo> leader;
  Ballot ballot;
  Index decided = 0;
  Offset first_offset = 0;
  Offset next_offset = 0;
  std::vector<MemberStatus> members;
  std::vector<std::string> former;   // what the cluster was called before it was recovered
  std::string no_leader;             // why nobody leads, in words; empty while somebody does
  std::vector<std::string> changes;  // under way, in words
};
struct MembersAnswer {
  std::vector<MemberStatus> members;
};
struct ErrorAnswer {
  ErrorCode code = ErrorCode::bad_packet;
  std::string message;
  std::string hint;
  std::optional<LeaderInfo> leader;        // not-leader
  std::optional<Sequence> expected;        // sequence-gap
  std::optional<Offset> first_offset;      // offset-dropped
  std::optional<std::uint64_t> needed;     // no-majority: votes needed
  std::optional<std::uint64_t> answering;  // no-majority: votes that answer, this node's included
  std::vector<LeaderInfo> missing;         // no-majority: who does not answer
  std::string recovered_as;                // wrong-cluster: what the asker's cluster goes on as
};

using Packet = std::variant<Hello, Join, Joined, LeaderRequest, RegisterRequest, AppendRequest, TailRequest,
                            RemoveRequest, MoveLeaderRequest, SnapshotRequest, StatusRequest, MembersRequest,
                            ArticlePacket, LeaderAnswer, Registered, Appended, Messages, TextMessage, End,
                            Done, StatusAnswer, MembersAnswer, ErrorAnswer, Message>;

}  // namespace bellwether
