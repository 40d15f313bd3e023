// protocol/codec_parts.hpp: what the codec is put together from, for its own sources only: one write_packet()
// and one row of a table for each packet, by kind: links and joining, requests, answers, members' messages.
// Errors:  a reader reports what is wrong to its JsonReader; what it returns then is dropped.
// Threads: no state; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "protocol/codec.hpp"
#include "protocol/json_reader.hpp"
#include "protocol/json_writer.hpp"
#include "protocol/packets.hpp"

namespace bellwether {

// The header line under construction, and the pieces of the body.
class PacketWriter {
 public:
  explicit PacketWriter(std::string_view id) : id_(id) {}

  JsonWriter& begin(std::string_view type);    // `type`, and the request's `id` if there is one
  JsonWriter& begin_article();                 // the only packet without a `type`
  void attach(std::span<const Bytes> pieces);  // to the body, not copied
  EncodedPacket finish();                      // with `bytes` where there is a body
  bool has_id() const { return !id_.empty(); }

 private:
  std::string_view id_;
  JsonWriter line_;
  std::vector<Bytes> body_;
  std::size_t body_bytes_ = 0;
};

void write_packet(PacketWriter& out, const Hello& hello);
void write_packet(PacketWriter& out, const Join& join);
void write_packet(PacketWriter& out, const Joined& joined);

void write_packet(PacketWriter& out, const LeaderRequest&);
void write_packet(PacketWriter& out, const RegisterRequest&);
void write_packet(PacketWriter& out, const AppendRequest& append);
void write_packet(PacketWriter& out, const TailRequest& tail);
void write_packet(PacketWriter& out, const RemoveRequest& remove);
void write_packet(PacketWriter& out, const MoveLeaderRequest& move);
void write_packet(PacketWriter& out, const SnapshotRequest&);
void write_packet(PacketWriter& out, const StatusRequest&);
void write_packet(PacketWriter& out, const MembersRequest&);
void write_packet(PacketWriter& out, const ArticlePacket& article);

void write_packet(PacketWriter& out, const LeaderAnswer& answer);
void write_packet(PacketWriter& out, const Registered& registered);
void write_packet(PacketWriter& out, const Appended& appended);
void write_packet(PacketWriter& out, const Messages& messages);
void write_packet(PacketWriter& out, const TextMessage& message);
void write_packet(PacketWriter& out, const End& end);
void write_packet(PacketWriter& out, const Done&);
void write_packet(PacketWriter& out, const StatusAnswer& answer);
void write_packet(PacketWriter& out, const MembersAnswer& answer);
void write_packet(PacketWriter& out, const ErrorAnswer& error);

void write_packet(PacketWriter& out, const Message& message);

// How a packet of one `type` is read. One that takes no body is refused with one before it is read.
struct PacketRow {
  std::string_view type;
  Packet (*read)(JsonReader& in, const Bytes& body);
  bool takes_body = false;
};

std::span<const PacketRow> link_rows();
std::span<const PacketRow> request_rows();
std::span<const PacketRow> answer_rows();
std::span<const PacketRow> message_rows();

// A request and its answer that share a `type`: the answer has "leader", "cluster" or "members", the request
// has not.
Packet read_leader_answer(JsonReader& in);
Packet read_status_answer(JsonReader& in);
Packet read_members_answer(JsonReader& in);
Packet read_article(JsonReader& in);
// A member's `snapshot` has "b", that of a client has not.
Packet read_snapshot_chunk(JsonReader& in, const Bytes& body);

// ---- shared by several packets
constexpr std::size_t id_bytes_max = 256;  // as JSON text

void write_ballot(JsonWriter& line, std::string_view name, Ballot ballot);         // [round, priority, id]
void write_ballot_object(JsonWriter& line, std::string_view name, Ballot ballot);  // for clients
void write_leader(JsonWriter& line, const LeaderInfo& leader);                     // the fields alone
void write_leaders(JsonWriter& line, std::string_view name, const std::vector<LeaderInfo>& leaders);
LeaderInfo read_leader(JsonReader& in);
std::vector<LeaderInfo> read_leaders(JsonReader& in, std::string_view name);

void write_texts(JsonWriter& line, std::string_view name, const std::vector<std::string>& texts);
std::vector<std::string> read_texts(JsonReader& in, std::string_view name);

// `count` entries behind `previous`, which are the body.
EntryRange read_range(JsonReader& in, Index previous, Ballot previous_ballot, std::uint64_t count,
                      const Bytes& body);

// Reports a problem unless `body` is exactly `count` messages, each a u32 little-endian length and its bytes.
void check_messages(JsonReader& in, std::span<const std::byte> body, std::uint32_t count);

}  // namespace bellwether
