// docs/protocol.md is what other programs are written from: each of its examples is a packet that this code
// takes.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "protocol/codec.hpp"
#include "protocol/limits.hpp"
#include "samples.hpp"

namespace bellwether {
namespace {

std::string document() {
  const std::ifstream file(BELLWETHER_SOURCE_DIR "/docs/protocol.md");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The lines of all blocks that begin with ```json.
std::vector<std::string> examples() {
  std::vector<std::string> lines;
  std::istringstream text(document());
  bool in_block = false;
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with("```")) {
      in_block = line == "```json";
    } else if (in_block) {
      lines.push_back(line);
    }
  }
  return lines;
}

// Bodies are described in words there; these stand for them.
Bytes body_for(const nlohmann::json& line) {
  if (!line.contains("bytes")) return {};
  if (line.contains("n")) {
    const EntryRange range = range_after(line["prev"].get<Index>(), line["n"].get<std::size_t>());
    return Bytes::copy_of(body_of(encode(Message{Suffix{{}, range}})));
  }
  if (line.contains("total")) return Bytes::copy_of(std::string(line["bytes"].get<std::size_t>(), 'x'));
  const auto count = line.value("count", std::size_t{1});
  std::string body = message_bytes(std::string(line["bytes"].get<std::size_t>() - 4 * count, 'x'));
  for (std::size_t i = 1; i < count; ++i) body += message_bytes("");
  return Bytes::copy_of(body);
}

TEST(ProtocolDocument, EveryExampleIsAPacket) {
  ASSERT_GE(examples().size(), 40u);
  for (const std::string& line : examples()) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    ASSERT_FALSE(json.is_discarded()) << line;
    const auto packet = decode(line, body_for(json));
    EXPECT_TRUE(packet) << line << ": " << packet.error().answer.message;
  }
}

TEST(ProtocolDocument, EveryKindOfPacketHasAnExample) {
  std::set<std::pair<std::size_t, std::size_t>> kinds;
  for (const std::string& line : examples()) {
    const auto packet = decode(line, body_for(nlohmann::json::parse(line)));
    if (!packet) continue;
    const auto* message = std::get_if<Message>(&packet->packet);
    kinds.insert({packet->packet.index(), message == nullptr ? 0 : message->index()});
  }
  EXPECT_EQ(kinds.size(), std::variant_size_v<Packet> - 1 + std::variant_size_v<Message>);
}

TEST(ProtocolDocument, EveryErrorCodeIsExplained) {
  const std::string text = document();
  for (int i = 0; i <= static_cast<int>(ErrorCode::not_built); ++i) {
    const std::string row = "| `" + std::string(to_string(static_cast<ErrorCode>(i))) + "` |";
    EXPECT_NE(text.find(row), std::string::npos) << row;
  }
}

TEST(ProtocolDocument, EveryLimitHasItsValue) {
  const std::string text = document();
  const auto expect_row = [&](std::string_view name, std::size_t value) {
    const std::string row = "| `" + std::string(name) + "` | " + std::to_string(value) + " |";
    EXPECT_NE(text.find(row), std::string::npos) << row;
  };
  expect_row("header_line_bytes_max", limits::header_line_bytes_max);
  expect_row("client_body_bytes_max", limits::client_body_bytes_max);
  expect_row("peer_body_bytes_max", limits::peer_body_bytes_max);
  expect_row("entry_bytes_max", limits::entry_bytes_max);
  expect_row("chunk_bytes", limits::chunk_bytes);
  expect_row("messages_answer_bytes_max", limits::messages_answer_bytes_max);
  expect_row("messages_answer_count_max", limits::messages_answer_count_max);
  expect_row("json_depth_max", limits::json_depth_max);
  expect_row("address_bytes_max", limits::address_bytes_max);
  expect_row("token_bytes_max", limits::token_bytes_max);
  expect_row("members_max", limits::members_max);
  expect_row("voters_max", limits::voters_max);
}

}  // namespace
}  // namespace bellwether
