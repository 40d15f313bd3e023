// Answers to clients.
#include <array>

#include "base/assert.hpp"
#include "protocol/codec_parts.hpp"
#include "protocol/limits.hpp"

namespace bellwether {
namespace {

// In the order of MemberRole.
constexpr std::array<std::string_view, 4> role_names = {"leader", "candidate", "follower", "learner"};
static_assert(role_names.size() == static_cast<std::size_t>(MemberRole::learner) + 1);

MemberRole read_role(JsonReader& in) {
  const std::string name = in.text("role");
  for (std::size_t i = 0; i < role_names.size(); ++i) {
    if (role_names[i] == name) return static_cast<MemberRole>(i);
  }
  in.wrong_type("role", "leader, candidate, follower or learner");
  return MemberRole::follower;
}

void write_nullable(JsonWriter& line, std::string_view name, const std::optional<std::uint64_t>& value) {
  if (value) {
    line.number(name, *value);
  } else {
    line.raw(name, "null");
  }
}

void write_nullable_leader(JsonWriter& line, const std::optional<LeaderInfo>& leader) {
  if (!leader) {
    line.raw("leader", "null");
    return;
  }
  write_leader(line.open_object("leader"), *leader);
  line.close_object();
}

std::optional<LeaderInfo> read_nullable_leader(JsonReader& in) {
  if (in.is_null("leader")) return std::nullopt;
  JsonReader leader = in.object("leader");
  return read_leader(leader);
}

std::optional<LeaderInfo> read_optional_leader(JsonReader& in) {
  return in.has("leader") ? read_nullable_leader(in) : std::nullopt;
}

void write_member(JsonWriter& line, const MemberStatus& member) {
  line.number("id", number(member.id)).text("address", member.address);
  line.flag("vote", member.vote).flag("leads", member.leads).number("priority", member.priority);
  line.flag("reachable", member.reachable).number("unreachable_ms", member.unreachable_ms);
  write_nullable(line, "lag", member.lag);
  line.flag("room", member.room);
  line.flag("learner", member.learner);
}

MemberStatus read_member(JsonReader& in) {
  MemberStatus member;
  member.id = in.node("id");
  member.address = in.address("address");
  member.vote = in.flag("vote");
  member.leads = in.flag("leads");
  member.priority = in.number<std::uint32_t>("priority");
  member.reachable = in.flag("reachable");
  member.unreachable_ms = in.number("unreachable_ms");
  member.lag = in.nullable_number("lag");
  if (in.has("room")) member.room = in.flag("room");  // nodes of before did not say
  member.learner = in.flag_or("learner", false);
  return member;
}

void write_members(JsonWriter& line, const std::vector<MemberStatus>& members) {
  line.open_list("members");
  for (const MemberStatus& member : members) {
    write_member(line.open_object(), member);
    line.close_object();
  }
  line.close_list();
}

std::vector<MemberStatus> read_members(JsonReader& in) {
  std::vector<MemberStatus> members;
  in.objects("members", [&](JsonReader& item) { members.push_back(read_member(item)); });
  return members;
}

Packet read_registered(JsonReader& in, const Bytes&) {
  return Registered{ProducerId{in.positive("producer")}};
}

Packet read_appended(JsonReader& in, const Bytes&) {
  const auto offset = in.nullable_number("offset");
  return Appended{offset, in.number<std::uint32_t>("count")};
}

Packet read_messages(JsonReader& in, const Bytes& body) {
  Messages messages;
  messages.offset = in.number("offset");
  messages.count = in.number<std::uint32_t>("count");
  check_messages(in, body.span(), messages.count);
  in.list("times", [&](const nlohmann::json& item) {
    if (!item.is_number_unsigned()) return in.wrong_type("times", "a list of milliseconds");
    messages.times_ms.push_back(item.get<std::uint64_t>());
  });
  if (messages.times_ms.size() != messages.count)
    in.wrong_type("times", "a list of one time for each message");
  if (!body.empty()) messages.body.push_back(body);
  messages.next = in.optional_number("next");
  messages.leader = read_optional_leader(in);
  return messages;
}

Packet read_text_message(JsonReader& in, const Bytes&) {
  const Offset offset = in.number("offset");
  return TextMessage{offset, in.text("message")};
}

Packet read_end(JsonReader& in, const Bytes&) {
  const Offset next = in.number("next");
  return End{next, in.text("reason")};
}

Packet read_done(JsonReader&, const Bytes&) { return Done{}; }

ErrorCode read_code(JsonReader& in) {
  const auto code = error_code_from(in.text("code"));
  if (!code) in.wrong_type("code", "an error code of the list in docs/protocol.md");
  return code.value_or(ErrorCode::bad_packet);
}

Packet read_error(JsonReader& in, const Bytes&) {
  ErrorAnswer error;
  error.code = read_code(in);
  error.message = in.text("message");
  error.hint = in.text_or("hint", {});
  error.leader = read_optional_leader(in);
  error.expected = in.optional_number("expected");
  error.first_offset = in.optional_number("first_offset");
  error.needed = in.optional_number("needed");
  error.answering = in.optional_number("answering");
  if (in.has("missing")) error.missing = read_leaders(in, "missing");
  error.recovered_as = in.text_or("recovered_as", {});
  return error;
}

}  // namespace

Packet read_leader_answer(JsonReader& in) {
  LeaderAnswer answer;
  answer.leader = read_nullable_leader(in);
  answer.ballot = in.ballot_object("ballot");
  return answer;
}

Packet read_status_answer(JsonReader& in) {
  StatusAnswer answer;
  answer.cluster = in.text("cluster");
  answer.id = in.node("member");
  answer.role = read_role(in);
  answer.leader = read_nullable_leader(in);
  answer.ballot = in.ballot_object("ballot");
  answer.decided = in.number("decided");
  answer.first_offset = in.number("first_offset");
  answer.next_offset = in.number("next_offset");
  answer.members = read_members(in);
  if (in.has("former")) answer.former = read_texts(in, "former");
  answer.no_leader = in.text_or("no_leader", {});
  if (in.has("changes")) answer.changes = read_texts(in, "changes");
  return answer;
}

Packet read_members_answer(JsonReader& in) { return MembersAnswer{read_members(in)}; }

void write_packet(PacketWriter& out, const LeaderAnswer& answer) {
  JsonWriter& line = out.begin("leader");
  write_nullable_leader(line, answer.leader);
  write_ballot_object(line, "ballot", answer.ballot);
}

void write_packet(PacketWriter& out, const Registered& registered) {
  out.begin("registered").number("producer", number(registered.producer));
}

void write_packet(PacketWriter& out, const Appended& appended) {
  JsonWriter& line = out.begin("appended");
  write_nullable(line, "offset", appended.offset);
  line.number("count", appended.count);
}

void write_packet(PacketWriter& out, const Messages& messages) {
  BELLWETHER_ASSERT(messages.times_ms.size() == messages.count);
  BELLWETHER_ASSERT(messages.count <= limits::messages_answer_count_max);
  JsonWriter& line = out.begin("messages").number("offset", messages.offset).number("count", messages.count);
  line.open_list("times");
  for (const std::uint64_t time_ms : messages.times_ms) line.item(time_ms);
  line.close_list();
  if (messages.next) line.number("next", *messages.next);
  if (messages.leader) write_nullable_leader(line, messages.leader);
  out.attach(messages.body);
}

void write_packet(PacketWriter& out, const TextMessage& message) {
  out.begin("message").number("offset", message.offset).text("message", message.message);
}

void write_packet(PacketWriter& out, const End& end) {
  out.begin("end").number("next", end.next).text("reason", end.reason);
}

void write_packet(PacketWriter& out, const Done&) { out.begin("done"); }

// The node's id stands in "member" too: "id" is the request's, where the request has one.
void write_packet(PacketWriter& out, const StatusAnswer& answer) {
  JsonWriter& line = out.begin("status");
  if (!out.has_id()) line.number("id", number(answer.id));
  line.text("cluster", answer.cluster).number("member", number(answer.id));
  line.text("role", role_names[static_cast<std::size_t>(answer.role)]);
  write_nullable_leader(line, answer.leader);
  write_ballot_object(line, "ballot", answer.ballot);
  line.number("decided", answer.decided);
  line.number("first_offset", answer.first_offset).number("next_offset", answer.next_offset);
  write_members(line, answer.members);
  if (!answer.former.empty()) write_texts(line, "former", answer.former);
  if (!answer.no_leader.empty()) line.text("no_leader", answer.no_leader);
  if (!answer.changes.empty()) write_texts(line, "changes", answer.changes);
}

void write_packet(PacketWriter& out, const MembersAnswer& answer) {
  write_members(out.begin("members"), answer.members);
}

void write_packet(PacketWriter& out, const ErrorAnswer& error) {
  JsonWriter& line = out.begin("error");
  line.text("code", to_string(error.code)).text("message", error.message);
  if (!error.hint.empty()) line.text("hint", error.hint);
  if (error.leader) write_nullable_leader(line, error.leader);
  if (error.expected) line.number("expected", *error.expected);
  if (error.first_offset) line.number("first_offset", *error.first_offset);
  if (error.needed) line.number("needed", *error.needed);
  if (error.answering) line.number("answering", *error.answering);
  if (!error.missing.empty()) write_leaders(line, "missing", error.missing);
  if (!error.recovered_as.empty()) line.text("recovered_as", error.recovered_as);
}

std::span<const PacketRow> answer_rows() {
  static constexpr std::array rows = {
      PacketRow{"registered", read_registered},
      PacketRow{"appended", read_appended},
      PacketRow{"messages", read_messages, true},
      PacketRow{"message", read_text_message},
      PacketRow{"end", read_end},
      PacketRow{"done", read_done},
      PacketRow{"error", read_error},
  };
  return rows;
}

}  // namespace bellwether
