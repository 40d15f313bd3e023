// What members say to each other (consensus.md section 3): the short names of its table, ballots as lists,
// entries in the body with "prev", "pb" and "n" in the line.
#include <array>

#include "base/assert.hpp"
#include "protocol/codec_parts.hpp"
#include "protocol/limits.hpp"

namespace bellwether {
namespace {

void write_range(PacketWriter& out, JsonWriter& line, const EntryRange& range) {
  BELLWETHER_ASSERT(range.end > range.previous);
  BELLWETHER_ASSERT(range.items.size() == range.end - range.previous - 1);
  line.number("prev", range.previous);
  write_ballot(line, "pb", range.previous_ballot);
  line.number("n", range.items.size());
  for (const EntryPtr& entry : range.items) out.attach(entry->encoded);
}

// As many entries as the body can hold; "n" is what the sender says.
void read_entries(JsonReader& in, const Bytes& body, std::uint64_t count, EntryRange& range) {
  std::size_t at = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    auto entry = parse_entry(range.previous + 1 + i, body.slice(at, body.size() - at));
    if (!entry) return in.fail(entry.error().what, "send the entries as the leader made them, in order");
    at += (*entry)->encoded_bytes;
    range.items.push_back(*std::move(entry));
  }
  if (at != body.size()) in.fail("there is more in the body than \"n\" entries", "send exactly that many");
}

EntryRange read_range(JsonReader& in, const Bytes& body) {
  const Index previous = in.number("prev");
  const Ballot previous_ballot = in.ballot("pb");
  return read_range(in, previous, previous_ballot, in.number("n"), body);
}

void write_name(JsonWriter& line, const SnapshotName& name) {
  line.number("idx", name.index);
  write_ballot(line, "ib", name.last_ballot);
  line.number("total", name.total);
}

SnapshotName read_name(JsonReader& in) {
  SnapshotName name;
  name.index = in.positive("idx");
  name.last_ballot = in.ballot("ib");
  name.total = in.positive("total");
  if (name.total > limits::snapshot_bytes_max)
    in.fail("a snapshot of " + std::to_string(name.total) + " bytes is too large",
            "no state is larger than " + std::to_string(limits::snapshot_bytes_max) + " bytes");
  return name;
}

void write_snap(JsonWriter& line, const std::optional<SnapshotName>& snapshot) {
  if (!snapshot) return;
  write_name(line.open_object("snap"), *snapshot);
  line.close_object();
}

std::optional<SnapshotName> read_snap(JsonReader& in) {
  if (!in.has("snap")) return std::nullopt;
  JsonReader inner = in.object("snap");
  return read_name(inner);
}

void write_position(JsonWriter& line, const std::optional<SnapshotPosition>& held) {
  if (!held) return;
  line.open_object("sp").number("idx", held->index).number("pos", held->position).close_object();
}

std::optional<SnapshotPosition> read_position(JsonReader& in) {
  if (!in.has("sp")) return std::nullopt;
  JsonReader inner = in.object("sp");
  return SnapshotPosition{.index = inner.positive("idx"), .position = inner.number("pos")};
}

Packet read_heartbeat_request(JsonReader& in, const Bytes&) {
  HeartbeatRequest request;
  request.round = in.number("r");
  if (in.has("lost")) request.lost = in.ballot("lost");
  return Message{request};
}

Packet read_heartbeat_reply(JsonReader& in, const Bytes&) {
  HeartbeatReply reply;
  reply.round = in.number("r");
  reply.ballot = in.ballot("b");
  reply.leader = in.ballot("ldr");
  reply.happy = in.flag("happy");
  reply.quorum_connected = in.flag("qc");
  reply.last = in.number("last");
  reply.priority = in.number<std::uint32_t>("prio");
  reply.room = in.flag("room");
  return Message{reply};
}

// The end of a log: Prepare, Promise, Pull and Mismatch all say where theirs ends and what of it is decided.
template <typename LogEnd>
LogEnd read_log_end(JsonReader& in) {
  LogEnd message;
  message.ballot = in.ballot("b");
  message.last_ballot = in.ballot("lb");
  message.last = in.number("last");
  message.decided = in.number("dec");
  return message;
}

template <typename LogEnd>
JsonWriter& write_log_end(PacketWriter& out, std::string_view type, const LogEnd& message) {
  JsonWriter& line = out.begin(type);
  write_ballot(line, "b", message.ballot);
  write_ballot(line, "lb", message.last_ballot);
  return line.number("last", message.last).number("dec", message.decided);
}

template <typename LogEnd>
Packet read_log_end_packet(JsonReader& in, const Bytes&) {
  return Message{read_log_end<LogEnd>(in)};
}

Packet read_pull(JsonReader& in, const Bytes&) {
  auto pull = read_log_end<Pull>(in);
  pull.snapshot = read_position(in);
  return Message{pull};
}

Packet read_promise(JsonReader& in, const Bytes& body) {
  auto promise = read_log_end<Promise>(in);
  if (in.has("prev")) {
    promise.missing = read_range(in, body);
    promise.snapshot = read_snap(in);
  } else if (!body.empty()) {
    in.fail("there is a body and no \"prev\"", "say which entries the body holds");
  }
  return Message{std::move(promise)};
}

Packet read_suffix(JsonReader& in, const Bytes& body) {
  Suffix suffix;
  suffix.ballot = in.ballot("b");
  suffix.entries = read_range(in, body);
  suffix.snapshot = read_snap(in);
  return Message{std::move(suffix)};
}

Packet read_accept(JsonReader& in, const Bytes& body) {
  Accept accept;
  accept.ballot = in.ballot("b");
  accept.decided = in.number("dec");
  accept.read = in.number("rd");
  accept.entries = read_range(in, body);
  return Message{std::move(accept)};
}

Packet read_accepted(JsonReader& in, const Bytes&) {
  Accepted accepted;
  accepted.ballot = in.ballot("b");
  accepted.durable_match = in.number("m");
  accepted.match = in.number("g");
  accepted.read = in.number("rd");
  accepted.snapshot = read_position(in);
  return Message{accepted};
}

Packet read_nack(JsonReader& in, const Bytes&) {
  Nack nack;
  nack.ballot = in.ballot("b");
  nack.promised = in.ballot("p");
  return Message{nack};
}

Packet read_take_over(JsonReader& in, const Bytes&) { return Message{TakeOver{in.ballot("b")}}; }

Packet read_removed(JsonReader&, const Bytes&) { return Message{Removed{}}; }

Packet read_read_index(JsonReader& in, const Bytes&) {
  const std::uint64_t request = in.number("request");
  if (!in.has("idx")) return Message{ReadIndexRequest{request}};
  return Message{ReadIndexReply{request, in.number("idx")}};
}

Packet read_fetch(JsonReader& in, const Bytes&) {
  Fetch fetch;
  fetch.first = in.positive("from");
  fetch.last = in.positive("to");
  if (fetch.last < fetch.first) in.fail("\"to\" is before \"from\"", "name at least one entry");
  return Message{fetch};
}

Packet read_entries_packet(JsonReader& in, const Bytes& body) {
  return Message{Entries{read_range(in, body)}};
}

void write(PacketWriter& out, const HeartbeatRequest& request) {
  JsonWriter& line = out.begin("hbreq").number("r", request.round);
  if (request.lost) write_ballot(line, "lost", *request.lost);
}

void write(PacketWriter& out, const HeartbeatReply& reply) {
  JsonWriter& line = out.begin("hbrep").number("r", reply.round);
  write_ballot(line, "b", reply.ballot);
  write_ballot(line, "ldr", reply.leader);
  line.flag("happy", reply.happy).flag("qc", reply.quorum_connected);
  line.number("last", reply.last).number("prio", reply.priority).flag("room", reply.room);
}

void write(PacketWriter& out, const Prepare& prepare) { write_log_end(out, "prepare", prepare); }

void write(PacketWriter& out, const Promise& promise) {
  JsonWriter& line = write_log_end(out, "promise", promise);
  if (promise.missing) write_range(out, line, *promise.missing);
  write_snap(line, promise.snapshot);
}

void write(PacketWriter& out, const Pull& pull) {
  write_position(write_log_end(out, "pull", pull), pull.snapshot);
}

void write(PacketWriter& out, const Suffix& suffix) {
  JsonWriter& line = out.begin("suffix");
  write_ballot(line, "b", suffix.ballot);
  write_range(out, line, suffix.entries);
  write_snap(line, suffix.snapshot);
}

void write(PacketWriter& out, const Accept& accept) {
  JsonWriter& line = out.begin("accept");
  write_ballot(line, "b", accept.ballot);
  line.number("dec", accept.decided).number("rd", accept.read);
  write_range(out, line, accept.entries);
}

void write(PacketWriter& out, const Accepted& accepted) {
  JsonWriter& line = out.begin("accepted");
  write_ballot(line, "b", accepted.ballot);
  line.number("m", accepted.durable_match).number("g", accepted.match).number("rd", accepted.read);
  write_position(line, accepted.snapshot);
}

void write(PacketWriter& out, const SnapshotChunk& chunk) {
  BELLWETHER_ASSERT(chunk.position + chunk.bytes.size() <= chunk.of.total);
  JsonWriter& line = out.begin("snapshot");
  write_ballot(line, "b", chunk.ballot);
  write_name(line, chunk.of);
  line.number("pos", chunk.position).number("dec", chunk.decided).number("rd", chunk.read);
  out.attach({&chunk.bytes, 1});
}

void write(PacketWriter& out, const Mismatch& mismatch) { write_log_end(out, "mismatch", mismatch); }

void write(PacketWriter& out, const Nack& nack) {
  JsonWriter& line = out.begin("nack");
  write_ballot(line, "b", nack.ballot);
  write_ballot(line, "p", nack.promised);
}

void write(PacketWriter& out, const TakeOver& take_over) {
  write_ballot(out.begin("takeover"), "b", take_over.ballot);
}

void write(PacketWriter& out, const Removed&) { out.begin("removed"); }

void write(PacketWriter& out, const ReadIndexRequest& request) {
  out.begin("readindex").number("request", request.request);
}

void write(PacketWriter& out, const ReadIndexReply& reply) {
  out.begin("readindex").number("request", reply.request).number("idx", reply.index);
}

void write(PacketWriter& out, const Fetch& fetch) {
  out.begin("fetch").number("from", fetch.first).number("to", fetch.last);
}

void write(PacketWriter& out, const Entries& entries) {
  write_range(out, out.begin("entries"), entries.entries);
}

}  // namespace

EntryRange read_range(JsonReader& in, Index previous, Ballot previous_ballot, std::uint64_t count,
                      const Bytes& body) {
  EntryRange range;
  range.previous = previous;
  range.previous_ballot = previous_ballot;
  if (count > body.size() / entry_header_bytes)
    in.fail("\"n\" is more than the body holds", "send all entries");
  if (previous > std::numeric_limits<Index>::max() - count - 1)
    in.wrong_type("prev", "the index of an entry");
  if (in.failed()) return range;
  read_entries(in, body, count, range);
  range.end = range.previous + 1 + range.items.size();
  return range;
}

Packet read_snapshot_chunk(JsonReader& in, const Bytes& body) {
  SnapshotChunk chunk;
  chunk.ballot = in.ballot("b");
  chunk.of = read_name(in);
  chunk.position = in.number("pos");
  chunk.bytes = body;
  chunk.decided = in.number("dec");
  chunk.read = in.number("rd");
  if (chunk.position > chunk.of.total || body.size() > chunk.of.total - chunk.position)
    in.fail("\"pos\" and the body reach behind \"total\"",
            "send the bytes of the state, and none behind them");
  return Message{std::move(chunk)};
}

void write_packet(PacketWriter& out, const Message& message) {
  std::visit([&](const auto& kind) { write(out, kind); }, message);
}

std::span<const PacketRow> message_rows() {
  static constexpr std::array rows = {
      PacketRow{"hbreq", read_heartbeat_request},
      PacketRow{"hbrep", read_heartbeat_reply},
      PacketRow{"prepare", read_log_end_packet<Prepare>},
      PacketRow{"promise", read_promise, true},
      PacketRow{"pull", read_pull},
      PacketRow{"suffix", read_suffix, true},
      PacketRow{"accept", read_accept, true},
      PacketRow{"accepted", read_accepted},
      PacketRow{"mismatch", read_log_end_packet<Mismatch>},
      PacketRow{"nack", read_nack},
      PacketRow{"takeover", read_take_over},
      PacketRow{"removed", read_removed},
      PacketRow{"readindex", read_read_index},
      PacketRow{"fetch", read_fetch},
      PacketRow{"entries", read_entries_packet, true},
  };
  return rows;
}

}  // namespace bellwether
