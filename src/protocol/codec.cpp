#include "protocol/codec.hpp"

#include <numeric>
#include <unordered_map>
#include <utility>

#include "base/assert.hpp"
#include "base/little_endian.hpp"
#include "protocol/codec_parts.hpp"
#include "protocol/limits.hpp"

namespace bellwether {
namespace {

constexpr std::size_t type_bytes_max = 64;  // an unknown one is quoted in the answer

PacketError error_of(std::string id, ErrorCode code, Problem problem) {
  PacketError error;
  error.id = std::move(id);
  error.answer.code = code;
  error.answer.message = std::move(problem.what);
  error.answer.hint = std::move(problem.hint);
  return error;
}

tl::unexpected<PacketError> refusal(std::string id, ErrorCode code, Problem problem) {
  return tl::unexpected(error_of(std::move(id), code, std::move(problem)));
}

std::unordered_map<std::string_view, const PacketRow*> rows_by_type() {
  std::unordered_map<std::string_view, const PacketRow*> rows;
  for (const auto part : {link_rows(), request_rows(), answer_rows(), message_rows()}) {
    for (const PacketRow& row : part) {
      const bool is_new = rows.emplace(row.type, &row).second;
      BELLWETHER_ASSERT(is_new);
    }
  }
  return rows;
}

const PacketRow* row_of(std::string_view type) {
  static const auto rows = rows_by_type();
  const auto found = rows.find(type);
  return found == rows.end() ? nullptr : found->second;
}

bool is_article(const JsonReader& in) { return !in.has("type") && in.has("source") && in.has("dest"); }

void check_body_size(JsonReader& in, const HeaderLine& header, const Bytes& body) {
  if (header.body_bytes == body.size()) return;
  in.fail("the body is not as long as \"bytes\" says", "count its bytes again");
}

constexpr PacketRow article_row{"", [](JsonReader& in, const Bytes&) { return read_article(in); }};

// ---- the hot packets: only what stands in the body is left to be read, and may be wrong

Packet complete(JsonReader& in, AppendRequest append, const Bytes& body) {
  check_messages(in, body.span(), append.count);
  append.messages = body;
  return append;
}

Packet complete(JsonReader& in, const AcceptLine& line, const Bytes& body) {
  Accept accept;
  accept.ballot = line.ballot;
  accept.decided = line.decided;
  accept.read = line.read;
  accept.entries = read_range(in, line.previous, line.previous_ballot, line.count, body);
  return Message{std::move(accept)};
}

Packet complete(JsonReader&, const Appended& appended, const Bytes&) { return appended; }
Packet complete(JsonReader&, const Accepted& accepted, const Bytes&) { return Message{accepted}; }

tl::expected<Tagged, PacketError> decode_hot(const HeaderLine& header, const Bytes& body) {
  static const nlohmann::json no_fields = nlohmann::json::object();
  std::optional<Problem> problem;
  JsonReader in(no_fields, problem);
  check_body_size(in, header, body);
  Packet packet = std::visit([&](const auto& fields) { return complete(in, fields, body); }, *header.hot);
  if (problem) return refusal(header.id, ErrorCode::bad_packet, *std::move(problem));
  return Tagged{header.id, std::move(packet)};
}

}  // namespace

std::size_t EncodedPacket::bytes() const {
  return std::accumulate(body.begin(), body.end(), header.size(),
                         [](std::size_t sum, const Bytes& piece) { return sum + piece.size(); });
}

EncodedPacket encode(const Packet& packet, std::string_view id) {
  PacketWriter out(id);
  std::visit([&](const auto& kind) { write_packet(out, kind); }, packet);
  return out.finish();
}

tl::expected<HeaderLine, PacketError> read_header_line(std::string_view line, std::size_t body_bytes_max) {
  if (line.size() < limits::header_line_bytes_max) {
    auto hot = read_hot_line(line);
    if (hot && hot->body_bytes <= body_bytes_max)
      return HeaderLine{std::move(hot->id), hot->body_bytes, nullptr, std::move(hot->fields)};
  }
  return read_any_header_line(line, body_bytes_max);
}

tl::expected<HeaderLine, PacketError> read_any_header_line(std::string_view line,
                                                           std::size_t body_bytes_max) {
  if (line.size() >= limits::header_line_bytes_max) return tl::unexpected(line_too_long());
  auto fields = std::make_shared<JsonLine>();
  if (auto problem = parse_json_line(line, *fields))
    return refusal({}, ErrorCode::bad_packet, *std::move(problem));

  std::optional<Problem> problem;
  JsonReader in(fields->object, problem);
  std::string id = in.has("id") ? in.scalar("id", id_bytes_max) : std::string{};
  const std::uint64_t body_bytes = in.number_or<std::uint64_t>("bytes", 0);
  if (problem) return refusal(std::move(id), ErrorCode::bad_packet, *std::move(problem));
  if (body_bytes > body_bytes_max) {
    return refusal(std::move(id), ErrorCode::too_large,
                   {"a body of " + std::to_string(body_bytes) + " bytes is too large",
                    "send at most " + std::to_string(body_bytes_max) + " bytes in one packet"});
  }
  return HeaderLine{std::move(id), static_cast<std::size_t>(body_bytes), std::move(fields), std::nullopt};
}

PacketError line_too_long() {
  return error_of({}, ErrorCode::too_large,
                  {"the line is longer than " + std::to_string(limits::header_line_bytes_max) + " bytes",
                   "send a long message as a body: \"count\":1 and \"bytes\":N in the line, then a 4-byte "
                   "little-endian length and the message"});
}

tl::expected<Tagged, PacketError> decode(const HeaderLine& header, Bytes body) {
  if (header.hot) return decode_hot(header, body);
  BELLWETHER_ASSERT(header.fields != nullptr);
  std::optional<Problem> problem;
  JsonReader in(header.fields->object, problem);
  const std::string type = is_article(in) ? std::string{} : in.text("type", type_bytes_max);
  if (problem) return refusal(header.id, ErrorCode::bad_packet, *std::move(problem));

  const PacketRow* row = is_article(in) ? &article_row : row_of(type);
  if (row == nullptr) {
    return refusal(header.id, ErrorCode::unknown_type,
                   {"no packet has the type \"" + type + '"', "docs/protocol.md lists the types"});
  }
  check_body_size(in, header, body);
  if (!body.empty() && !row->takes_body)
    in.fail("this packet takes no body", "leave \"bytes\" and the body out");
  Packet packet = row->read(in, body);
  if (problem) return refusal(header.id, ErrorCode::bad_packet, *std::move(problem));
  return Tagged{header.id, std::move(packet)};
}

tl::expected<Tagged, PacketError> decode(std::string_view line, Bytes body) {
  const auto header = read_header_line(line, limits::peer_body_bytes_max);
  if (!header) return tl::unexpected(header.error());
  return decode(*header, std::move(body));
}

// ---- what several packets share

JsonWriter& PacketWriter::begin(std::string_view type) {
  line_.open_object().raw("type", '"' + std::string(type) + '"');
  if (!id_.empty()) line_.raw("id", id_);
  return line_;
}

JsonWriter& PacketWriter::begin_article() {
  line_.open_object();
  if (!id_.empty()) line_.raw("id", id_);
  return line_;
}

void PacketWriter::attach(std::span<const Bytes> pieces) {
  for (const Bytes& piece : pieces) {
    if (piece.empty()) continue;
    body_bytes_ += piece.size();
    body_.push_back(piece);
  }
}

EncodedPacket PacketWriter::finish() {
  if (!body_.empty()) line_.number("bytes", body_bytes_);
  line_.close_object();
  return {line_.take_line(), std::move(body_)};
}

void write_ballot(JsonWriter& line, std::string_view name, Ballot ballot) {
  line.open_list(name).item(ballot.round).item(ballot.priority).item(number(ballot.id)).close_list();
}

void write_ballot_object(JsonWriter& line, std::string_view name, Ballot ballot) {
  line.open_object(name);
  line.number("round", ballot.round).number("priority", ballot.priority).number("id", number(ballot.id));
  line.close_object();
}

void write_leader(JsonWriter& line, const LeaderInfo& leader) {
  line.number("id", number(leader.id)).text("address", leader.address);
}

void write_leaders(JsonWriter& line, std::string_view name, const std::vector<LeaderInfo>& leaders) {
  line.open_list(name);
  for (const LeaderInfo& leader : leaders) {
    write_leader(line.open_object(), leader);
    line.close_object();
  }
  line.close_list();
}

LeaderInfo read_leader(JsonReader& in) {
  const NodeId id = in.node("id");
  return {id, in.address("address")};
}

std::vector<LeaderInfo> read_leaders(JsonReader& in, std::string_view name) {
  std::vector<LeaderInfo> leaders;
  in.objects(name, [&](JsonReader& item) { leaders.push_back(read_leader(item)); });
  return leaders;
}

void write_texts(JsonWriter& line, std::string_view name, const std::vector<std::string>& texts) {
  line.open_list(name);
  for (const std::string& text : texts) line.item(std::string_view(text));
  line.close_list();
}

std::vector<std::string> read_texts(JsonReader& in, std::string_view name) {
  std::vector<std::string> texts;
  in.list(name, [&](const nlohmann::json& item) {
    if (!item.is_string()) return in.wrong_type(name, "a list of strings");
    texts.push_back(item.get<std::string>());
  });
  return texts;
}

void check_messages(JsonReader& in, std::span<const std::byte> body, std::uint32_t count) {
  constexpr std::size_t prefix = sizeof(std::uint32_t);
  std::uint64_t found = 0;
  while (body.size() >= prefix) {
    const std::size_t bytes = prefix + load_little_endian<std::uint32_t>(body.data());
    if (bytes > body.size()) break;
    body = body.subspan(bytes);
    ++found;
  }
  if (body.empty() && found == count) return;
  in.fail("the body is not exactly " + std::to_string(count) + " messages (\"count\")",
          "send each message as a 4-byte little-endian length and its bytes, and nothing behind the last");
}

}  // namespace bellwether
