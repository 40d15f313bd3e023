#include "client/line_cutter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace bellwether::client {
namespace {

using testing::ElementsAre;

constexpr std::size_t longest = 20;

std::vector<std::string> lines_of(const std::vector<std::string>& chunks) {
  LineCutter cutter(longest);
  std::vector<std::string> lines;
  const auto take = [&] {
    while (const auto line = cutter.front()) {
      lines.emplace_back(*line);
      cutter.pop();
    }
  };
  for (const std::string& chunk : chunks) {
    cutter.add(Bytes::copy_of(chunk));
    take();
  }
  cutter.end();
  take();
  EXPECT_TRUE(cutter.is_at_end());
  return lines;
}

TEST(LineCutter, EveryLineIsOneMessageWithoutItsNewline) {
  EXPECT_THAT(lines_of({"one\ntwo\n\nfour\n"}), ElementsAre("one", "two", "", "four"));
}

TEST(LineCutter, TheLastLineCountsWithoutANewlineToo) {
  EXPECT_THAT(lines_of({"one\ntwo"}), ElementsAre("one", "two"));
}

TEST(LineCutter, NoInputIsNoLine) { EXPECT_THAT(lines_of({}), ElementsAre()); }

TEST(LineCutter, WhereTheChunksEndDoesNotMatter) {
  const std::string text = "one\n\ntwo and more\nthree";
  const std::vector<std::string> whole = lines_of({text});
  for (std::size_t first = 0; first <= text.size(); ++first) {
    for (std::size_t second = first; second <= text.size(); ++second) {
      EXPECT_EQ(lines_of({text.substr(0, first), text.substr(first, second - first), text.substr(second)}),
                whole);
    }
  }
}

TEST(LineCutter, AnyBytesButANewlineStayAsTheyAre) {
  const std::string binary("\0\r\xff\t", 4);
  EXPECT_THAT(lines_of({binary + "\n" + binary}), ElementsAre(binary, binary));
}

TEST(LineCutter, ALineMayBeAskedForTwiceBeforeItIsTaken) {
  LineCutter cutter(longest);
  cutter.add(Bytes::copy_of("cut"));
  EXPECT_FALSE(cutter.front());
  cutter.add(Bytes::copy_of(" here\nnext\n"));
  EXPECT_EQ(cutter.front(), "cut here");
  EXPECT_EQ(cutter.front(), "cut here");
  cutter.pop();
  EXPECT_EQ(cutter.front(), "next");
  EXPECT_EQ(cutter.front(), "next");
}

TEST(LineCutter, ALineOverTheLimitStopsItWithoutKeepingItAll) {
  LineCutter cutter(longest);
  cutter.add(Bytes::copy_of("fine\n"));
  EXPECT_EQ(cutter.front(), "fine");
  cutter.pop();
  EXPECT_FALSE(cutter.front());
  cutter.add(Bytes::copy_of(std::string(longest + 1, 'x')));
  EXPECT_FALSE(cutter.front());
  EXPECT_TRUE(cutter.is_too_long());
}

TEST(LineCutter, ALineOfTheLongestLengthIsTaken) {
  const std::string line(longest, 'x');
  EXPECT_THAT(lines_of({line + "\n"}), ElementsAre(line));
}

}  // namespace
}  // namespace bellwether::client
