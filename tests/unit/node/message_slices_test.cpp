#include "node/message_slices.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "entries.hpp"

namespace bellwether::node {
namespace {

using test::batch;
using testing::ElementsAre;

std::vector<std::string> texts(const MessageSlice& slice) {
  std::vector<std::string> texts;
  for_each_message(slice.body, [&](std::string_view message) { texts.emplace_back(message); });
  return texts;
}

TEST(MessageSlices, WholeGroupsAreTheEntrysOwnBuffers) {
  const auto entry = batch(1, {{"a", "bb"}, {"ccc"}});
  const auto slice = slice_messages(*entry, 0, 100, 1000);
  EXPECT_EQ(slice.count, 3u);
  EXPECT_THAT(texts(slice), ElementsAre("a", "bb", "ccc"));
  ASSERT_EQ(slice.body.size(), 2u);
  EXPECT_EQ(slice.body.back().data(), entry->encoded.back().data()) << "not copied";
}

TEST(MessageSlices, BeginInTheMiddleOfAGroup) {
  const auto entry = batch(1, {{"a", "bb"}, {"ccc", ""}});
  EXPECT_THAT(texts(slice_messages(*entry, 1, 100, 1000)), ElementsAre("bb", "ccc", ""));
  EXPECT_THAT(texts(slice_messages(*entry, 2, 100, 1000)), ElementsAre("ccc", ""));
  EXPECT_EQ(slice_messages(*entry, 4, 100, 1000).count, 0u);
}

TEST(MessageSlices, EndAtTheCount) {
  const auto entry = batch(1, {{"a", "bb"}, {"ccc"}});
  EXPECT_THAT(texts(slice_messages(*entry, 0, 1, 1000)), ElementsAre("a"));
  EXPECT_THAT(texts(slice_messages(*entry, 1, 1, 1000)), ElementsAre("bb"));
  EXPECT_EQ(slice_messages(*entry, 0, 0, 1000).count, 0u);
}

TEST(MessageSlices, EndAtTheBytesButBringAtLeastOneMessage) {
  const auto entry = batch(1, {{"0123456789", "0123456789"}});
  EXPECT_EQ(slice_messages(*entry, 0, 100, 27).count, 1u);
  EXPECT_EQ(slice_messages(*entry, 0, 100, 28).count, 2u);
  EXPECT_EQ(slice_messages(*entry, 0, 100, 1).count, 1u);
}

TEST(MessageSlices, SurviveAParseFromOneBuffer) {
  const auto made = batch(3, {{"a", "bb"}, {"ccc"}});
  std::string bytes;
  for (const auto& piece : made->encoded) bytes += piece.text();
  const auto parsed = parse_entry(3, Bytes::copy_of(bytes));
  ASSERT_TRUE(parsed);
  EXPECT_THAT(texts(slice_messages(**parsed, 1, 100, 1000)), ElementsAre("bb", "ccc"));
}

TEST(MessageSlices, MessagesThatCrossAPieceAreFoundAllTheSame) {
  const auto whole = test::packed({"a", "bbbb"});
  Batch content;
  content.groups.push_back({no_producer, 0, 2, static_cast<std::uint32_t>(whole.size())});
  const auto entry =
      make_entry(1, Ballot{}, 0, content, {whole.slice(0, 7), whole.slice(7, whole.size() - 7)});
  EXPECT_THAT(texts(slice_messages(*entry, 0, 100, 1000)), ElementsAre("a", "bbbb"));
}

TEST(MessageSlices, OtherEntriesBringNone) {
  EXPECT_EQ(slice_messages(*test::noop(1), 0, 100, 1000).count, 0u);
}

}  // namespace
}  // namespace bellwether::node
