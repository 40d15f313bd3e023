#include "protocol/entry.hpp"

#include <gtest/gtest.h>

#include <string>

#include "base/checksum.hpp"
#include "base/little_endian.hpp"
#include "protocol/limits.hpp"

namespace bellwether {
namespace {

constexpr Index index = 7;
constexpr Ballot ballot{3, 1, NodeId{2}};
constexpr std::uint64_t time_ms = 1'700'000'000'123;

std::string in_one_piece(const Entry& entry) {
  std::string bytes;
  for (const Bytes& piece : entry.encoded) bytes += piece.text();
  return bytes;
}

std::string message(std::string_view text) {
  std::string bytes(4, '\0');
  store_little_endian(reinterpret_cast<std::byte*>(bytes.data()), static_cast<std::uint32_t>(text.size()));
  return bytes + std::string(text);
}

std::vector<EntryContent> one_of_each_kind() {
  return {Noop{},
          Batch{},
          RegisterProducer{},
          InitCluster{"cluster-a", "token", "127.0.0.1:8001", 5},
          AddMember{NodeId{4}, "token", "127.0.0.1:8004", 6, true},
          PromoteMember{NodeId{4}},
          RemoveMember{NodeId{4}},
          UpdateMember{NodeId{4}, "127.0.0.1:9004", 7},
          ResetCluster{"cluster-b", "cluster-a", 2, NodeId{4}, "token", "127.0.0.1:9004", 7}};
}

// Two groups, three messages.
EntryPtr batch() {
  const Bytes first = Bytes::copy_of(message("a") + message("bc"));
  const Bytes second = Bytes::copy_of(message(""));
  return make_entry(index, ballot, time_ms, Batch{{{ProducerId{5}, 9, 2, 11}, {no_producer, 0, 1, 4}}},
                    {first, second});
}

// Changes bytes of an entry and makes the sum fit again: what a newer version might send.
std::string resealed(std::string bytes, std::size_t at, char value) {
  bytes[at] = value;
  bytes.replace(40, 8, 8, '\0');
  const auto sum = Checksum::of(std::as_bytes(std::span(bytes)), index);
  store_little_endian(reinterpret_cast<std::byte*>(bytes.data()) + 40, sum);
  return bytes;
}

Result<EntryPtr> parse(std::string_view bytes) { return parse_entry(index, Bytes::copy_of(bytes)); }

TEST(Entry, EveryKindComesBackAsItWas) {
  for (const EntryContent& content : one_of_each_kind()) {
    const auto made = make_entry(index, ballot, time_ms, content);
    const auto parsed = parse(in_one_piece(*made));
    ASSERT_TRUE(parsed) << parsed.error().what;
    EXPECT_EQ((*parsed)->content, content) << "kind " << content.index();
    EXPECT_EQ((*parsed)->ballot, ballot);
    EXPECT_EQ((*parsed)->time_ms, time_ms);
    EXPECT_EQ((*parsed)->sum, made->sum);
    EXPECT_EQ((*parsed)->encoded_bytes, made->encoded_bytes);
  }
  EXPECT_EQ(one_of_each_kind().size(), std::variant_size_v<EntryContent>);
}

TEST(Entry, TheFormatIsTheDocumentedOne) {
  const std::string bytes = in_one_piece(*make_entry(index, ballot, time_ms, PromoteMember{NodeId{258}}));
  ASSERT_EQ(bytes.size(), 56u);
  EXPECT_EQ(bytes.substr(0, 8), std::string("\x08\0\0\0\x01\x05\0\0", 8));
  EXPECT_EQ(bytes.substr(8, 16), std::string("\x03\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0", 16));
  EXPECT_EQ(bytes.substr(24, 8), std::string("\x01\0\0\0\0\0\0\0", 8));
  EXPECT_EQ(bytes.substr(48), std::string("\x02\x01\0\0\0\0\0\0", 8));
}

TEST(Entry, ABatchKeepsTheMessagesAsTheyCame) {
  const Bytes messages = Bytes::copy_of(message("hello"));
  const auto made = make_entry(index, ballot, time_ms, Batch{{{no_producer, 0, 1, 9}}}, {messages});
  ASSERT_EQ(made->encoded.size(), 2u);
  EXPECT_EQ(made->encoded.back().data(), messages.data());
  EXPECT_EQ(messages_of(*made).data(), messages.data());
}

TEST(Entry, AParsedEntrySharesTheBytesItWasReadFrom) {
  const Bytes received = Bytes::copy_of(in_one_piece(*batch()));
  const auto parsed = parse_entry(index, received);
  ASSERT_TRUE(parsed);
  ASSERT_EQ((*parsed)->encoded.size(), 1u);
  EXPECT_EQ((*parsed)->encoded.front().data(), received.data());
  EXPECT_EQ(messages_of(**parsed).text(), message("a") + message("bc") + message(""));
}

TEST(Entry, MessagesOfSeveralPiecesAreJoined) {
  EXPECT_EQ(messages_of(*batch()).text(), message("a") + message("bc") + message(""));
}

TEST(Entry, OnlyBatchesHaveMessages) {
  EXPECT_EQ(batch()->message_count(), 3u);
  const auto noop = make_entry(index, ballot, time_ms, Noop{});
  EXPECT_EQ(noop->message_count(), 0u);
  EXPECT_TRUE(messages_of(*noop).empty());
}

TEST(Entry, WhatStandsBehindAnEntryIsLeftAlone) {
  const auto made = batch();
  const auto parsed = parse(in_one_piece(*made) + "the next entry");
  ASSERT_TRUE(parsed);
  EXPECT_EQ((*parsed)->encoded_bytes, made->encoded_bytes);
}

TEST(Entry, AnEntryCutShortAnywhereIsRefused) {
  const std::string whole = in_one_piece(*batch());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto parsed = parse(whole.substr(0, size));
    ASSERT_FALSE(parsed) << size;
    EXPECT_EQ(parsed.error().code, std::errc::message_size) << size;
  }
}

TEST(Entry, AFlippedBitAnywhereIsRefused) {
  std::string bytes = in_one_piece(*batch());
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    const auto flip = static_cast<char>(1 << (bit % 8));
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ flip);
    EXPECT_FALSE(parse(bytes)) << "bit " << bit;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ flip);
  }
}

TEST(Entry, AnEntryAtAnotherIndexIsRefused) {
  EXPECT_FALSE(parse_entry(index + 1, Bytes::copy_of(in_one_piece(*batch()))));
}

TEST(Entry, WhatANewerVersionAddsIsRefused) {
  const std::string bytes = in_one_piece(*batch());
  struct Case {
    std::size_t at;
    const char* what;
  };
  for (const Case c : {Case{4, "version"}, Case{6, "flags"}, Case{28, "reserved"}, Case{52, "group version"},
                       Case{53, "group flags"}, Case{54, "group reserved"}, Case{80, "group reserved"}}) {
    const auto parsed = parse(resealed(bytes, c.at, 9));
    ASSERT_FALSE(parsed) << c.what;
    EXPECT_EQ(parsed.error().code, std::errc::not_supported) << c.what;
  }
  EXPECT_FALSE(parse(resealed(bytes, 5, 9))) << "kind";
  EXPECT_FALSE(parse(resealed(bytes, 5, static_cast<char>(255))));
}

TEST(Entry, GroupsThatDoNotAddUpAreRefused) {
  const std::string bytes = in_one_piece(*batch());
  EXPECT_FALSE(parse(resealed(bytes, 48, 3))) << "more groups than there are";
  EXPECT_FALSE(parse(resealed(bytes, 48, 1))) << "fewer groups than there are";
  EXPECT_FALSE(parse(resealed(bytes, 51, 127))) << "groups that no body could hold";
  EXPECT_FALSE(parse(resealed(bytes, 76, 12))) << "a group larger than its messages";
  EXPECT_FALSE(parse(resealed(bytes, 56, 3))) << "more messages than length prefixes fit";
  EXPECT_FALSE(parse(resealed(bytes, 56, 0))) << "a group without messages";
}

TEST(Entry, ABodyThatDoesNotFitItsKindIsRefused) {
  const std::string promote = in_one_piece(*make_entry(index, ballot, time_ms, PromoteMember{NodeId{4}}));
  EXPECT_FALSE(parse(resealed(promote, 5, 0))) << "a noop has no body";
  EXPECT_FALSE(parse(resealed(promote, 5, 3))) << "strings that run over the end";
  const auto add = make_entry(index, ballot, time_ms, AddMember{NodeId{4}, "t", "a", 6, true});
  EXPECT_FALSE(parse(resealed(in_one_piece(*add), add->encoded_bytes - 1, 2))) << "neither true nor false";
}

TEST(Entry, AnEntryLargerThanAnyIsRefusedBeforeItIsRead) {
  std::string bytes = in_one_piece(*make_entry(index, ballot, time_ms, Noop{}));
  store_little_endian(reinterpret_cast<std::byte*>(bytes.data()), std::uint32_t{0xffffffff});
  const auto parsed = parse(bytes);
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code, std::errc::illegal_byte_sequence);
}

TEST(Entry, AnErrorNamesTheEntry) { EXPECT_NE(parse("").error().what.find("entry 7"), std::string::npos); }

TEST(EntryDeathTest, GroupsThatDoNotFitTheirMessagesAreAMistakeOfTheLeader) {
  EXPECT_DEATH(make_entry(index, ballot, time_ms, Batch{{{no_producer, 0, 1, 9}}}, {}), "assertion failed");
  EXPECT_DEATH(make_entry(index, ballot, time_ms, Noop{}, {Bytes::copy_of("x")}), "assertion failed");
}

TEST(EntryDeathTest, AnEntryOverTheLimitIsAMistakeOfTheLeader) {
  const auto bytes = static_cast<std::uint32_t>(limits::entry_bytes_max);
  const Bytes large = Bytes::copy_of(std::string(bytes, '\0'));
  EXPECT_DEATH(make_entry(index, ballot, time_ms, Batch{{{no_producer, 0, 1, bytes}}}, {large}),
               "entry_bytes_max");
}

}  // namespace
}  // namespace bellwether
