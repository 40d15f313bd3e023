#include "options.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace bellwether::bench {
namespace {

ParsedOptions parse(std::vector<std::string> words) {
  words.insert(words.begin(), "bellwether-bench");
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  return parse_options(static_cast<int>(arguments.size()), arguments.data());
}

TEST(BenchOptions, WithoutARateTheLoopIsClosed) {
  const ParsedOptions parsed = parse({});
  ASSERT_FALSE(parsed.exit_status);
  EXPECT_EQ(parsed.options.load.rate, 0);
  EXPECT_EQ(parsed.options.load.window, 1U);
  EXPECT_FALSE(parsed.options.own);
}

TEST(BenchOptions, NodesOfTheOwnClusterAreQuietUnlessTheyShallPrint) {
  EXPECT_EQ(parse({"--cluster", "3"}).options.own->node_flags, std::vector<std::string>{"--quiet"});
  EXPECT_TRUE(parse({"--cluster", "3", "--printing"}).options.own->node_flags.empty());
}

TEST(BenchOptions, AnOwnClusterAndAGivenOneExcludeEachOther) {
  EXPECT_EQ(parse({"--cluster", "3", "--clusterip", "127.0.0.1:8001"}).exit_status, 2);
}

TEST(BenchOptions, ABatchThatNoPacketCanHoldIsRefused) {
  EXPECT_EQ(parse({"--batch", "9000", "--size", "1000"}).exit_status, 2);
}

TEST(BenchOptions, AWindowOfMoreThanTheClusterRemembersIsRefused) {
  EXPECT_EQ(parse({"--window", "1025"}).exit_status, 2);
}

}  // namespace
}  // namespace bellwether::bench
