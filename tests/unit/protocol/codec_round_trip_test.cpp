#include <gtest/gtest.h>

#include <limits>
#include <set>

#include "protocol/codec.hpp"
#include "protocol/limits.hpp"
#include "samples.hpp"

namespace bellwether {
namespace {

tl::expected<Tagged, PacketError> decoded(const EncodedPacket& packet) {
  const std::string_view line(packet.header.data(), packet.header.size() - 1);
  return decode(line, Bytes::copy_of(body_of(packet)));
}

// Which alternative of Packet, and of Message within it.
std::pair<std::size_t, std::size_t> kind_of(const Packet& packet) {
  const auto* message = std::get_if<Message>(&packet);
  return {packet.index(), message == nullptr ? 0 : message->index()};
}

TEST(Codec, TheSamplesHaveEveryKindOfPacket) {
  std::set<std::pair<std::size_t, std::size_t>> kinds;
  for (const Sample& sample : samples()) kinds.insert(kind_of(sample.packet));
  EXPECT_EQ(kinds.size(), std::variant_size_v<Packet> - 1 + std::variant_size_v<Message>);
}

TEST(Codec, EveryPacketLooksAsItIsFixedOnTheWire) {
  for (const Sample& sample : samples()) EXPECT_EQ(encode(sample.packet).header, sample.line + "\n");
}

TEST(Codec, EveryPacketComesBackAsItWas) {
  for (const Sample& sample : samples()) {
    const EncodedPacket sent = encode(sample.packet);
    const auto received = decoded(sent);
    ASSERT_TRUE(received) << sample.line << ": " << received.error().answer.message;
    EXPECT_EQ(kind_of(received->packet), kind_of(sample.packet)) << sample.line;
    const EncodedPacket again = encode(received->packet);
    EXPECT_EQ(again.header, sent.header);
    EXPECT_EQ(body_of(again), body_of(sent));
  }
}

TEST(Codec, TheIdOfARequestStandsInEveryPacketThatItIsGivenTo) {
  for (const char* id : {"7", "-7", "1.5", R"("seven")", R"("\"\\\u0001é")"}) {
    for (const Sample& sample : samples()) {
      const EncodedPacket sent = encode(sample.packet, id);
      const auto received = decoded(sent);
      ASSERT_TRUE(received) << sent.header << received.error().answer.message;
      EXPECT_EQ(received->id, id);
      EXPECT_EQ(encode(received->packet, received->id).header, sent.header);
    }
  }
}

TEST(Codec, BytesCountsHeaderAndBody) {
  const EncodedPacket packet = encode(AppendRequest{no_producer, 0, 1, Bytes::copy_of(message_bytes("abc"))});
  EXPECT_EQ(packet.bytes(), packet.header.size() + 7);
}

TEST(Codec, EntriesAreNotCopiedIntoAPacket) {
  const EntryRange range = range_after(5, 2);
  const EncodedPacket packet = encode(Message{Accept{{}, range, 0, 0}});
  ASSERT_EQ(packet.body.size(), 3u);
  EXPECT_EQ(packet.body[0].data(), range.items[0]->encoded[0].data());
  EXPECT_EQ(packet.body[2].data(), range.items[1]->encoded[1].data());
}

TEST(Codec, EntriesAreNotCopiedOutOfAPacket) {
  const EncodedPacket sent = encode(Message{Accept{{}, range_after(5, 2), 0, 0}});
  const Bytes body = Bytes::copy_of(body_of(sent));
  const auto received = decode(std::string_view(sent.header).substr(0, sent.header.size() - 1), body);
  ASSERT_TRUE(received);
  const auto& accept = std::get<Accept>(std::get<Message>(received->packet));
  EXPECT_EQ(accept.entries.end, 8u);
  ASSERT_EQ(accept.entries.items.size(), 2u);
  EXPECT_EQ(accept.entries.items[0]->encoded[0].data(), body.data());
}

TEST(Codec, TheLargestPacketsOfMembersFitTheHeaderLine) {
  StatusAnswer status;
  ErrorAnswer error;
  for (std::size_t i = 0; i < limits::members_max; ++i) {
    MemberStatus member;
    member.id = NodeId{std::numeric_limits<std::uint64_t>::max()};
    member.address = std::string(limits::address_bytes_max, 'x');
    member.lag = std::numeric_limits<std::uint64_t>::max();
    status.members.push_back(member);
    error.missing.push_back({member.id, member.address});
    status.no_leader += "node 18446744073709551615 (" + member.address + "), ";
  }
  status.changes.assign(9, "node 18446744073709551615 (" + status.members[0].address + ") moves to " +
                               status.members[0].address + ", priority 4294967295");
  EXPECT_LT(encode(status).header.size(), limits::header_line_bytes_max);
  EXPECT_LT(encode(error).header.size(), limits::header_line_bytes_max);
}

TEST(Codec, TheTimesOfTheMostMessagesFitTheHeaderLine) {
  Messages messages;
  messages.count = limits::messages_answer_count_max;
  messages.times_ms.assign(messages.count, 9'999'999'999'999);  // in the year 2286
  messages.body = {Bytes::copy_of(std::string(4 * messages.count, '\0'))};
  const EncodedPacket packet = encode(messages);
  EXPECT_LE(packet.header.size(), limits::header_line_bytes_max);
  EXPECT_TRUE(decoded(packet));
}

TEST(CodecDeathTest, ARangeWithoutItsEntriesIsAMistakeOfTheSender) {
  EntryRange range = range_after(5, 2);
  range.items.pop_back();
  EXPECT_DEATH(encode(Message{Accept{{}, range, 0, 0}}), "range.items.size()");
}

}  // namespace
}  // namespace bellwether
