// Links between members, and joining.
#include <array>

#include "protocol/codec_parts.hpp"
#include "protocol/limits.hpp"

namespace bellwether {
namespace {

void read_versions(JsonReader& in, Hello& hello) {
  std::vector<std::uint32_t> versions;
  in.list("version", [&](const nlohmann::json& item) {
    if (item.is_number_unsigned() && item.get<std::uint64_t>() <= std::numeric_limits<std::uint32_t>::max()) {
      versions.push_back(item.get<std::uint32_t>());
    }
  });
  if (versions.size() != 2 || versions[0] > versions[1])
    return in.wrong_type("version", "a list [lowest, highest]");
  hello.version_min = versions[0];
  hello.version_max = versions[1];
}

Packet read_hello(JsonReader& in, const Bytes&) {
  Hello hello;
  read_versions(in, hello);
  hello.cluster = in.text("cluster");
  hello.epoch = in.number("epoch");
  hello.former = read_texts(in, "former");
  hello.from = in.node("from");
  hello.to = in.node("to");
  hello.incarnation = in.number("incarnation");
  hello.address = in.address("address");
  hello.priority = in.number<std::uint32_t>("priority");
  hello.key = in.text("key");
  hello.clock_ms = in.number_or<std::uint64_t>("clock_ms", 0);
  return hello;
}

Packet read_join(JsonReader& in, const Bytes&) {
  Join join;
  join.token = in.text("token", limits::token_bytes_max);
  if (join.token.empty()) in.wrong_type("token", "the joiner's own random name");
  join.address = in.address("address");
  join.priority = in.number_or<std::uint32_t>("priority", 0);
  join.stays_learner = in.flag_or("stays_learner", false);
  if (in.has("replaces")) join.replaces = NodeId{in.positive("replaces")};
  join.cluster = in.text_or("cluster", {});
  return join;
}

Packet read_joined(JsonReader& in, const Bytes&) {
  Joined joined;
  joined.id = NodeId{in.positive("member")};
  joined.cluster = in.text("cluster");
  joined.key = in.text("key");
  joined.members = read_leaders(in, "members");
  joined.epoch = in.number_or<std::uint64_t>("epoch", 0);
  return joined;
}

}  // namespace

void write_packet(PacketWriter& out, const Hello& hello) {
  JsonWriter& line = out.begin("hello");
  line.open_list("version").item(hello.version_min).item(hello.version_max).close_list();
  line.text("cluster", hello.cluster).number("epoch", hello.epoch);
  write_texts(line, "former", hello.former);
  line.number("from", number(hello.from)).number("to", number(hello.to));
  line.number("incarnation", hello.incarnation).text("address", hello.address);
  line.number("priority", hello.priority).text("key", hello.key);
  if (hello.clock_ms > 0) line.number("clock_ms", hello.clock_ms);
}

void write_packet(PacketWriter& out, const Join& join) {
  JsonWriter& line = out.begin("join");
  line.text("token", join.token).text("address", join.address).number("priority", join.priority);
  if (join.stays_learner) line.flag("stays_learner", true);
  if (join.replaces) line.number("replaces", number(*join.replaces));
  if (!join.cluster.empty()) line.text("cluster", join.cluster);
}

// The new member's id is called "member": a packet's "id" always is that of the request.
void write_packet(PacketWriter& out, const Joined& joined) {
  JsonWriter& line = out.begin("joined");
  line.number("member", number(joined.id)).text("cluster", joined.cluster).text("key", joined.key);
  write_leaders(line, "members", joined.members);
  if (joined.epoch > 0) line.number("epoch", joined.epoch);
}

std::span<const PacketRow> link_rows() {
  static constexpr std::array rows = {
      PacketRow{"hello", read_hello},
      PacketRow{"join", read_join},
      PacketRow{"joined", read_joined},
  };
  return rows;
}

}  // namespace bellwether
