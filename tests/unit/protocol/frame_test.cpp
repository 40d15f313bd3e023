#include "protocol/frame.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "protocol/limits.hpp"
#include "samples.hpp"

namespace bellwether {
namespace {

// What a connection does: reads of at most `piece` bytes, and all frames after each.
struct Received {
  std::vector<Frame> frames;
  std::vector<PacketError> errors;
};

void feed(FrameReader& reader, std::string_view bytes, Received& received, std::size_t piece) {
  while (!bytes.empty() && received.errors.empty()) {
    const auto space = reader.space();
    ASSERT_FALSE(space.empty());
    const std::size_t count = std::min({bytes.size(), space.size(), piece});
    std::memcpy(space.data(), bytes.data(), count);
    reader.grew(count);
    bytes.remove_prefix(count);
    for (auto next = reader.next(); !std::holds_alternative<std::monostate>(next); next = reader.next()) {
      if (auto* error = std::get_if<PacketError>(&next)) {
        received.errors.push_back(*error);
        break;
      }
      received.frames.push_back(std::get<Frame>(std::move(next)));
    }
  }
}

constexpr std::size_t whole = static_cast<std::size_t>(-1);

Received receive(std::string_view bytes, std::size_t piece = whole) {
  FrameReader reader(limits::client_body_bytes_max);
  Received received;
  feed(reader, bytes, received, piece);
  return received;
}

std::string packet(std::string_view body) {
  return R"({"type":"append","bytes":)" + std::to_string(body.size()) + "}\n" + std::string(body);
}

std::string as_text(const Received& received) {
  std::string text;
  for (const Frame& frame : received.frames) {
    text += std::string(frame.line.text()) + "|" + std::string(frame.body.text()) + ";";
  }
  for (const PacketError& error : received.errors) text += "error " + error.answer.message + ";";
  return text;
}

std::string a_few_packets() {
  return "{\"type\":\"leader\"}\n" + packet("abc\n{}\n") + "\r\n\n{\"type\":\"status\"}\r\n" + packet("") +
         packet(std::string("\0\n\r", 3));
}

TEST(Frame, PacketsAreCutWhereTheyEnd) {
  const Received received = receive(a_few_packets());
  ASSERT_EQ(received.frames.size(), 5u);
  EXPECT_EQ(received.frames[0].line.text(), R"({"type":"leader"})");
  EXPECT_EQ(received.frames[1].body.text(), "abc\n{}\n");
  EXPECT_EQ(received.frames[2].line.text(), R"({"type":"status"})");
  EXPECT_TRUE(received.frames[3].body.empty());
  EXPECT_EQ(received.frames[4].body.size(), 3u);
}

TEST(Frame, ByteByByteGivesTheSamePackets) {
  EXPECT_EQ(as_text(receive(a_few_packets(), 1)), as_text(receive(a_few_packets())));
}

TEST(Frame, ASplitAnywhereGivesTheSamePackets) {
  const std::string bytes = a_few_packets();
  const std::string expected = as_text(receive(bytes));
  for (std::size_t split = 0; split <= bytes.size(); ++split) {
    FrameReader reader(limits::client_body_bytes_max);
    Received received;
    feed(reader, std::string_view(bytes).substr(0, split), received, whole);
    feed(reader, std::string_view(bytes).substr(split), received, whole);
    EXPECT_EQ(as_text(received), expected) << "split at " << split;
  }
}

// Bodies of sizes around those at which buffers end, in reads of several sizes.
TEST(Frame, LongStreamsGiveTheSamePacketsInReadsOfAnySize) {
  std::string bytes;
  std::string expected;
  std::size_t number = 0;
  for (const std::size_t size :
       {1, 100, 60'000, 5'000, 65'000, 65'536, 65'537, 3, 300'000, 64'000, 1'500, 0, 64'500}) {
    std::string body(size, static_cast<char>('a' + number++));
    if (size > 0) body.back() = '\n';
    const std::string one = packet(body);
    bytes += one;
    expected += one.substr(0, one.find('\n')) + "|" + body + ";";
  }
  for (const std::size_t piece : {std::size_t{997}, std::size_t{4'096}, std::size_t{65'536}, whole}) {
    EXPECT_TRUE(as_text(receive(bytes, piece)) == expected) << "reads of " << piece;
  }
}

TEST(Frame, BytesThatWereHandedOutAreNeverOverwritten) {
  Received received;
  std::vector<std::string> sent;
  {
    FrameReader reader(limits::client_body_bytes_max);
    for (int i = 0; i < 300; ++i) {
      sent.push_back("body " + std::to_string(i) + std::string(static_cast<std::size_t>(i * 7 % 1'000), 'x'));
      feed(reader, packet(sent.back()), received, 1'000);
    }
  }
  ASSERT_EQ(received.frames.size(), sent.size());
  for (std::size_t i = 0; i < sent.size(); ++i) EXPECT_EQ(received.frames[i].body.text(), sent[i]);
}

TEST(Frame, ALargeBodyIsReadStraightIntoItsPlace) {
  FrameReader reader(limits::client_body_bytes_max);
  const std::string line = R"({"type":"append","bytes":1000000})"
                           "\n";
  Received received;
  feed(reader, line, received, whole);
  const auto space = reader.space();
  ASSERT_EQ(space.size(), 1'000'000u);
  reader.grew(space.size());
  const auto next = reader.next();
  ASSERT_TRUE(std::holds_alternative<Frame>(next));
  EXPECT_EQ(std::get<Frame>(next).body.data(), space.data());
}

TEST(Frame, TheParsedLineComesWithTheFrame) {
  const Received received = receive("{\"type\":\"tail\",\"from\":5,\"id\":7}\n");
  ASSERT_EQ(received.frames.size(), 1u);
  const auto tagged = decode(received.frames[0].header, received.frames[0].body);
  ASSERT_TRUE(tagged);
  EXPECT_EQ(tagged->id, "7");
  EXPECT_EQ(std::get<TailRequest>(tagged->packet).from, 5u);
}

TEST(Frame, ALineMayBeAsLongAsTheLimitAndNoLonger) {
  const auto line_of = [](std::size_t size) {  // its line break included
    const std::string front = R"({"type":"leader","x":")";
    return front + std::string(size - front.size() - 3, 'x') + "\"}\n";
  };
  for (const std::size_t before : {0, 30'000, 61'000}) {
    const std::string blank(before, '\n');
    for (const std::size_t piece : {std::size_t{1'000}, whole}) {
      EXPECT_EQ(receive(blank + line_of(limits::header_line_bytes_max), piece).frames.size(), 1u);
      const Received over = receive(blank + line_of(limits::header_line_bytes_max + 1), piece);
      ASSERT_EQ(over.errors.size(), 1u);
      EXPECT_EQ(over.errors[0].answer.code, ErrorCode::too_large);
      EXPECT_NE(over.errors[0].answer.hint.find("body"), std::string::npos);
    }
  }
}

TEST(Frame, ALineThatNeverEndsIsRefused) {
  const Received received = receive(std::string(1'000'000, '{'), 1'000);
  ASSERT_EQ(received.errors.size(), 1u);
  EXPECT_EQ(received.errors[0].answer.code, ErrorCode::too_large);
}

TEST(Frame, ABodyOverTheLimitIsRefusedBeforeItArrives) {
  const Received received = receive("{\"type\":\"append\",\"id\":3,\"bytes\":8388609}\n");
  ASSERT_EQ(received.errors.size(), 1u);
  EXPECT_EQ(received.errors[0].answer.code, ErrorCode::too_large);
  EXPECT_EQ(received.errors[0].id, "3");
}

TEST(Frame, TheLimitCanBeRaised) {
  FrameReader reader(10);
  reader.set_body_bytes_max(20);
  Received received;
  feed(reader, packet(std::string(20, 'x')), received, whole);
  EXPECT_EQ(received.frames.size(), 1u);
  feed(reader, packet(std::string(21, 'x')), received, whole);
  EXPECT_EQ(received.errors.size(), 1u);
}

TEST(Frame, AnErrorStays) {
  FrameReader reader(limits::client_body_bytes_max);
  const std::string bytes = "hello\n{\"type\":\"leader\"}\n";
  const auto space = reader.space();
  std::memcpy(space.data(), bytes.data(), bytes.size());
  reader.grew(bytes.size());
  EXPECT_TRUE(std::holds_alternative<PacketError>(reader.next()));
  EXPECT_TRUE(std::holds_alternative<PacketError>(reader.next()));
}

TEST(Frame, AReaderIsEmptyBetweenPackets) {
  FrameReader reader(limits::client_body_bytes_max);
  Received received;
  EXPECT_TRUE(reader.is_empty());
  feed(reader, "{\"type\":", received, whole);
  EXPECT_FALSE(reader.is_empty());
  feed(reader, "\"append\",\"bytes\":3}\n", received, whole);
  EXPECT_FALSE(reader.is_empty());
  feed(reader, "abc\r\n", received, whole);
  EXPECT_TRUE(reader.is_empty());
}

TEST(Frame, EverySampleSurvivesTheStream) {
  std::string bytes;
  for (const Sample& sample : samples()) {
    const EncodedPacket encoded = encode(sample.packet);
    bytes += encoded.header + body_of(encoded);
  }
  const Received received = receive(bytes, 10);
  EXPECT_EQ(received.frames.size(), samples().size());
  for (const Frame& frame : received.frames)
    EXPECT_TRUE(decode(frame.header, frame.body)) << frame.line.text();
}

}  // namespace
}  // namespace bellwether
