#include "protocol/codec_hot.hpp"

#include <gtest/gtest.h>

#include <random>

#include "protocol/codec.hpp"
#include "protocol/limits.hpp"
#include "samples.hpp"

namespace bellwether {
namespace {

constexpr std::size_t body_max = limits::client_body_bytes_max;

// All that a reader of the line tells, in one text.
std::string told(const tl::expected<HeaderLine, PacketError>& header, const std::string& body) {
  if (!header) return "no line: " + encode(header.error().answer, header.error().id).header;
  const auto packet = decode(*header, Bytes::copy_of(body));
  const std::string front = header->id + "/" + std::to_string(header->body_bytes) + ": ";
  if (!packet) return front + encode(packet.error().answer, packet.error().id).header;
  const EncodedPacket encoded = encode(packet->packet, packet->id);
  return front + encoded.header + body_of(encoded);
}

void expect_agreement(const std::string& line, const std::string& body) {
  EXPECT_EQ(told(read_header_line(line, body_max), body), told(read_any_header_line(line, body_max), body))
      << line;
}

bool is_hot(std::string_view line) { return read_hot_line(line).has_value(); }

TEST(HotLine, PacketsOfOurOwnThatComeByTheMillionAreReadTheShortWay) {
  AppendRequest append{ProducerId{17}, 7, 1, Bytes::copy_of(message_bytes("hello"))};
  Accept accept;
  accept.ballot = {4, 0, NodeId{1}};
  accept.entries = range_after(5, 3);
  for (const Packet& packet :
       {Packet(append), Packet(Appended{12, 64}), Packet(Message(accept)), Packet(Message(Accepted{}))}) {
    const EncodedPacket encoded = encode(packet, "\"a7\"");
    const std::string line = encoded.header.substr(0, encoded.header.size() - 1);
    EXPECT_TRUE(is_hot(line)) << line;
    expect_agreement(line, body_of(encoded));
  }
}

TEST(HotLine, OtherPacketsAndOtherSpellingsGoTheLongWay) {
  for (const char* line :
       {R"({"type":"leader"})", R"({"type":"append","message":"hello"})",
        R"({"type":"append","count":1,"bytes":10,"unknown":1})",
        R"({"type":"app\u0065nd","count":1,"bytes":10})", R"({"type":"append","bytes":1e1})",
        R"({"type":"append","bytes":-0})", R"({"type":"append","bytes":010})",
        R"({"type":"append","bytes":10,"bytes":10})", R"({"type":"appended","offset":null,"count":1})",
        R"({"type":"append","bytes":10}})", R"({"type":"append","bytes":10,})", R"({})", ""}) {
    EXPECT_FALSE(is_hot(line)) << line;
    expect_agreement(line, message_bytes("123456"));
  }
}

TEST(HotLine, BlanksBetweenTokensAreTakenAsTheyAreByOtherClients) {
  const std::string line = R"( { "type": "append", "count": 1, "bytes": 10, "id":"a" }	)";
  EXPECT_TRUE(is_hot(line));
  expect_agreement(line, message_bytes("123456"));
}

// ---- random lines: well-formed ones of hot packets, with mistakes of every kind put in

class Lines {
 public:
  explicit Lines(std::uint64_t seed) : random_(seed) {}

  std::string next() {
    std::string line = "{";
    const std::size_t fields = 1 + below(9);
    line += field("type", quoted(pick({"append", "appended", "accept", "accepted", "leader", "x"})));
    for (std::size_t i = 0; i < fields; ++i) line += pick({",", ",", ",", ", ", "\t,"}) + random_field();
    line += "}";
    for (std::size_t mistakes = below(4) == 0 ? 1 + below(3) : 0; mistakes > 0; --mistakes) spoil(line);
    return line;
  }

  // All that the packet needs, each field good or not.
  std::string next_complete() {
    const std::string type = pick({"append", "appended", "accept", "accepted"});
    std::string line = "{" + field("type", quoted(type));
    for (const auto& name : fields_of(type)) {
      if (below(12) != 0) line += "," + field(name, below(8) == 0 ? value() : good_value(name));
    }
    if (below(3) == 0)
      line += "," + field("id", pick({"5", "\"a7\"", "\"\"", "-1", "1.5", "null", "\"\\n\""}));
    line += "}";
    if (below(6) == 0) spoil(line);
    return line;
  }

  std::string body() {
    return pick({"", message_bytes("123456"), message_bytes("1") + message_bytes("2"), "junk"});
  }

 private:
  std::size_t below(std::size_t end) { return random_() % end; }
  std::string pick(std::vector<std::string> from) { return from[below(from.size())]; }
  static std::string quoted(const std::string& text) { return '"' + text + '"'; }
  static std::string field(const std::string& name, const std::string& json) {
    return quoted(name) + ":" + json;
  }

  static std::vector<std::string> fields_of(const std::string& type) {
    if (type == "append") return {"producer", "sequence", "count", "bytes"};
    if (type == "appended") return {"offset", "count"};
    if (type == "accept") return {"b", "dec", "rd", "prev", "pb", "n", "bytes"};
    return {"b", "m", "g", "rd"};
  }

  std::string good_value(const std::string& name) {
    if (name == "b" || name == "pb")
      return pick({"[1,0,1]", "[9007199254740992,4294967295,18446744073709551615]"});
    if (name == "bytes") return pick({"10", "0"});
    if (name == "count") return pick({"1", "2", "4294967295"});
    return pick({"0", "1", "7", "18446744073709551615"});
  }

  std::string value() {
    return pick({"0",
                 "1",
                 "10",
                 "00",
                 "01",
                 "-1",
                 "-0",
                 "1.0",
                 "1e2",
                 "4294967295",
                 "4294967296",
                 "18446744073709551615",
                 "18446744073709551616",
                 "99999999999999999999999",
                 "null",
                 "true",
                 "\"\"",
                 "\"1\"",
                 "\"\\u0031\"",
                 "\"\xc3\xa4\"",
                 "\"\xff\"",
                 "[]",
                 "[1]",
                 "[1,2]",
                 "[1,2,3]",
                 "[1,2,3,4]",
                 "[1, 2,3 ]",
                 "[1,,3]",
                 "[1,2,3",
                 "[9007199254740993,0,1]",
                 "[1,4294967296,1]",
                 "[1,0,\"1\"]",
                 "[-1,0,1]",
                 "{}",
                 "{\"a\":1}",
                 "",
                 "+1",
                 ".5",
                 "0x1"});
  }

  std::string random_field() {
    const std::string name =
        pick({"producer", "sequence", "count", "bytes", "offset", "b", "dec", "rd", "prev", "pb", "n", "m",
              "g", "sp", "id", "message", "type", "unknown", ""});
    return field(name, value());
  }

  void spoil(std::string& line) {
    if (line.empty()) return;
    const std::size_t at = below(line.size());
    switch (below(4)) {
      case 0:
        line.erase(at, 1);
        break;
      case 1:
        line.insert(at, 1, line[below(line.size())]);
        break;
      case 2:
        line[at] = static_cast<char>(below(256));
        break;
      default:
        line.resize(at + 1);
    }
  }

  std::mt19937_64 random_;
};

TEST(HotLine, AgreesWithTheGeneralParserOnRandomLines) {
  Lines lines(1);
  for (int i = 0; i < 60'000; ++i) expect_agreement(lines.next(), lines.body());
}

TEST(HotLine, AgreesWithTheGeneralParserOnNearlyGoodPackets) {
  Lines lines(2);
  int hot = 0;
  for (int i = 0; i < 60'000; ++i) {
    const std::string line = lines.next_complete();
    hot += is_hot(line) ? 1 : 0;
    expect_agreement(line, lines.body());
  }
  EXPECT_GT(hot, 5'000);  // else this shows little
}

TEST(HotLine, ABodyOverTheLimitIsRefusedAsByTheGeneralParser) {
  const auto header = read_header_line(R"({"type":"append","count":1,"bytes":11,"id":5})", 10);
  ASSERT_FALSE(header);
  EXPECT_EQ(header.error().answer.code, ErrorCode::too_large);
  EXPECT_EQ(header.error().id, "5");
}

}  // namespace
}  // namespace bellwether
