// Requests of clients.
#include <array>
#include <cstring>
#include <memory>

#include "base/little_endian.hpp"
#include "protocol/codec_parts.hpp"

namespace bellwether {
namespace {

constexpr std::size_t article_id_bytes_max = 64;

Packet read_leader_request_or_answer(JsonReader& in, const Bytes&) {
  return in.has("leader") ? read_leader_answer(in) : LeaderRequest{};
}

Packet read_status_request_or_answer(JsonReader& in, const Bytes&) {
  return in.has("cluster") ? read_status_answer(in) : StatusRequest{};
}

Packet read_members_request_or_answer(JsonReader& in, const Bytes&) {
  return in.has("members") ? read_members_answer(in) : MembersRequest{};
}

Packet read_register(JsonReader&, const Bytes&) { return RegisterRequest{}; }

// A message typed into the line, in the form that a body has.
Bytes with_length(std::string_view message) {
  const std::size_t size = sizeof(std::uint32_t) + message.size();
  std::shared_ptr<std::byte[]> buffer(new std::byte[size]);
  store_little_endian(buffer.get(), static_cast<std::uint32_t>(message.size()));
  std::memcpy(buffer.get() + sizeof(std::uint32_t), message.data(), message.size());
  const std::span<const std::byte> view(buffer.get(), size);
  return Bytes(std::move(buffer), view);
}

void read_producer(JsonReader& in, AppendRequest& append) {
  if (in.has("producer") != in.has("sequence")) {
    return in.fail(in.has("producer") ? "\"producer\" is there, \"sequence\" is missing"
                                      : "\"sequence\" is there, \"producer\" is missing",
                   "send both (ask for a producer with {\"type\":\"register\"}), or neither");
  }
  if (!in.has("producer")) return;
  append.producer = ProducerId{in.positive("producer")};
  append.sequence = in.positive("sequence");
}

void read_message(JsonReader& in, AppendRequest& append) {
  if (append.count != 1)
    in.fail("\"count\" is not 1, the line holds one message", "send several messages as a body");
  append.messages = with_length(in.text("message"));
}

Packet read_append(JsonReader& in, const Bytes& body) {
  AppendRequest append;
  read_producer(in, append);
  append.count = in.number_or<std::uint32_t>("count", 1);
  if (append.count == 0) in.fail("\"count\" is 0", "send at least one message");
  if (in.has("message") && in.has("bytes")) {
    in.fail("there is a \"message\" and a body",
            "send the message in the line or messages in a body, not both");
  } else if (in.has("bytes")) {
    check_messages(in, body.span(), append.count);
    append.messages = body;
  } else {
    read_message(in, append);
  }
  return append;
}

Packet read_tail(JsonReader& in, const Bytes&) {
  TailRequest tail;
  tail.from = in.number_or<std::uint64_t>("from", 0);
  tail.limit = in.optional_number("limit");
  tail.follow = in.flag_or("follow", false);
  tail.local = in.flag_or("local", false);
  tail.text = in.flag_or("text", false);
  return tail;
}

Packet read_remove(JsonReader& in, const Bytes&) { return RemoveRequest{NodeId{in.positive("member")}}; }

Packet read_move_leader(JsonReader& in, const Bytes&) {
  return MoveLeaderRequest{NodeId{in.positive("member")}};
}

Packet read_snapshot_or_chunk(JsonReader& in, const Bytes& body) {
  if (in.has("b")) return read_snapshot_chunk(in, body);
  if (!body.empty()) in.fail("this packet takes no body", "leave \"bytes\" and the body out");
  return SnapshotRequest{};
}

ArticleNode read_article_node(JsonReader in) {
  ArticleNode node;
  node.node_id = in.scalar("nodeId", article_id_bytes_max);
  node.ip_address = in.text("nodeIpAddr");
  node.port = in.text("port");
  return node;
}

void write_article_node(JsonWriter& line, std::string_view name, const ArticleNode& node) {
  line.open_object(name).raw("nodeId", node.node_id.empty() ? "0" : node.node_id);
  line.text("nodeIpAddr", node.ip_address).text("port", node.port).close_object();
}

}  // namespace

Packet read_article(JsonReader& in) {
  ArticlePacket article;
  article.source = read_article_node(in.object("source"));
  article.dest = read_article_node(in.object("dest"));
  article.message = in.text("message");
  return article;
}

void write_packet(PacketWriter& out, const LeaderRequest&) { out.begin("leader"); }

void write_packet(PacketWriter& out, const RegisterRequest&) { out.begin("register"); }

void write_packet(PacketWriter& out, const AppendRequest& append) {
  JsonWriter& line = out.begin("append");
  if (append.producer != no_producer) {
    line.number("producer", number(append.producer)).number("sequence", append.sequence);
  }
  line.number("count", append.count);
  out.attach({&append.messages, 1});
}

void write_packet(PacketWriter& out, const TailRequest& tail) {
  JsonWriter& line = out.begin("tail").number("from", tail.from);
  if (tail.limit) line.number("limit", *tail.limit);
  if (tail.follow) line.flag("follow", true);
  if (tail.local) line.flag("local", true);
  if (tail.text) line.flag("text", true);
}

void write_packet(PacketWriter& out, const RemoveRequest& remove) {
  out.begin("remove").number("member", number(remove.member));
}

void write_packet(PacketWriter& out, const MoveLeaderRequest& move) {
  out.begin("move-leader").number("member", number(move.member));
}

void write_packet(PacketWriter& out, const SnapshotRequest&) { out.begin("snapshot"); }

void write_packet(PacketWriter& out, const StatusRequest&) { out.begin("status"); }

void write_packet(PacketWriter& out, const MembersRequest&) { out.begin("members"); }

void write_packet(PacketWriter& out, const ArticlePacket& article) {
  JsonWriter& line = out.begin_article();
  write_article_node(line, "source", article.source);
  write_article_node(line, "dest", article.dest);
  line.text("message", article.message);
}

std::span<const PacketRow> request_rows() {
  static constexpr std::array rows = {
      PacketRow{"leader", read_leader_request_or_answer},
      PacketRow{"status", read_status_request_or_answer},
      PacketRow{"members", read_members_request_or_answer},
      PacketRow{"register", read_register},
      PacketRow{"append", read_append, true},
      PacketRow{"tail", read_tail},
      PacketRow{"remove", read_remove},
      PacketRow{"move-leader", read_move_leader},
      PacketRow{"snapshot", read_snapshot_or_chunk, true},
  };
  return rows;
}

}  // namespace bellwether
