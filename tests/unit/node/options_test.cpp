#include "node/options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

namespace bellwether::node {
namespace {

using testing::HasSubstr;

std::map<std::string, std::string>& variables() {
  static std::map<std::string, std::string> variables;
  return variables;
}

const char* lookup(const char* name) {
  const auto found = variables().find(name);
  return found == variables().end() ? nullptr : found->second.c_str();
}

class OptionsTest : public testing::Test {
 protected:
  OptionsTest() { variables().clear(); }
  ~OptionsTest() override { std::filesystem::remove(file_); }

  static Options good(const std::vector<std::string>& arguments) {
    auto parsed = parse_options(arguments, &lookup);
    const auto* early = std::get_if<EarlyExit>(&parsed);
    EXPECT_EQ(early, nullptr) << early->text;
    return early ? Options{} : std::get<Options>(parsed);
  }
  static std::string bad(const std::vector<std::string>& arguments) {
    auto parsed = parse_options(arguments, &lookup);
    const auto* early = std::get_if<EarlyExit>(&parsed);
    if (early == nullptr) return "accepted";
    EXPECT_EQ(early->status, 2);
    EXPECT_EQ(std::count(early->text.begin(), early->text.end(), '\n'), 1) << "one line: " << early->text;
    return early->text;
  }
  std::string file_with(const std::string& text) {
    std::ofstream(file_) << text;
    return file_.string();
  }

  std::filesystem::path file_ =
      std::filesystem::temp_directory_path() / ("bellwether-options-" + std::to_string(::getpid()));
};

TEST_F(OptionsTest, DefaultsAreThoseOfTheFirstNode) {
  const auto options = good({});
  EXPECT_EQ(options.port, 8001);
  EXPECT_TRUE(options.seeds.empty()) << "the default --clusterip is this node itself";
  EXPECT_EQ(options.advertise, "127.0.0.1:8001");
  EXPECT_EQ(options.data_directory, "bellwether-data/8001");
  EXPECT_EQ(options.join_timeout.count(), 3000);
  EXPECT_EQ(options.heartbeat.count(), 100);
  EXPECT_FALSE(options.make_master_on_error);
}

TEST_F(OptionsTest, ClusterIpMayBeGivenSeveralTimes) {
  const auto options = good({"--myport", "8003", "--clusterip", "127.0.0.1:8001", "--clusterip=owl:8002"});
  ASSERT_EQ(options.seeds.size(), 2u);
  EXPECT_EQ(options.seeds[1].host, "owl");
  EXPECT_EQ(options.seeds[1].port, 8002);
}

TEST_F(OptionsTest, OwnAddressIsNoSeedHoweverItIsWritten) {
  EXPECT_TRUE(good({"--myport", "8003", "--clusterip", "localhost:8003"}).seeds.empty());
}

TEST_F(OptionsTest, FlagBeatsEnvironmentBeatsFile) {
  const auto file = file_with("# a comment\nmyport = 1111\npriority=7\nheartbeat = 50\n");
  variables() = {{"BELLWETHER_MYPORT", "2222"}, {"BELLWETHER_PRIORITY", "8"}};
  const auto options = good({"--config", file, "--myport", "3333"});
  EXPECT_EQ(options.port, 3333);
  EXPECT_EQ(options.priority, 8u);
  EXPECT_EQ(options.heartbeat.count(), 50);
}

TEST_F(OptionsTest, FlagReplacesTheListOfALowerSource) {
  variables() = {{"BELLWETHER_CLUSTERIP", "a:1,b:2"}};
  EXPECT_EQ(good({}).seeds.size(), 2u);
  EXPECT_EQ(good({"--clusterip", "c:3"}).seeds.size(), 1u);
}

TEST_F(OptionsTest, SwitchesComeFromEnvironmentAndFileToo) {
  variables() = {{"BELLWETHER_MAKEMASTERONERROR", "true"}, {"BELLWETHER_LEAVE_ON_TERMINATE", "1"}};
  const auto options = good({"--config", file_with("quiet = yes\nlearner = off\nrejoin = on\n")});
  EXPECT_TRUE(options.make_master_on_error);
  EXPECT_TRUE(options.leave_on_terminate);
  EXPECT_TRUE(options.rejoin);
  EXPECT_TRUE(options.quiet);
  EXPECT_FALSE(options.stays_learner);
}

TEST_F(OptionsTest, UnknownFlagNamesTheNearest) {
  EXPECT_THAT(bad({"--makemasteronerorr"}), HasSubstr("did you mean --makeMasterOnError?"));
  EXPECT_THAT(bad({"--myprot", "1"}), HasSubstr("did you mean --myport?"));
  EXPECT_THAT(bad({"--xyzzyplugh"}), HasSubstr("unknown flag --xyzzyplugh;"));
  EXPECT_THAT(bad({"8002"}), HasSubstr("unexpected argument '8002'"));
}

TEST_F(OptionsTest, BadValuesAreRefused) {
  EXPECT_THAT(bad({"--myport", "0"}), HasSubstr("--myport"));
  EXPECT_THAT(bad({"--myport", "65536"}), HasSubstr("--myport"));
  EXPECT_THAT(bad({"--myport", "owl"}), HasSubstr("--myport"));
  EXPECT_THAT(bad({"--myport"}), HasSubstr("--myport"));
  EXPECT_THAT(bad({"--clusterip", "owl:99999"}), HasSubstr("--clusterip"));
  EXPECT_THAT(bad({"--heartbeat", "1"}), HasSubstr("--heartbeat"));
  EXPECT_THAT(bad({"--log-format", "xml"}), HasSubstr("--log-format"));
  EXPECT_THAT(bad({"--priority", "-1"}), HasSubstr("--priority"));
}

TEST_F(OptionsTest, MistakesOfLowerSourcesNameTheirPlace) {
  EXPECT_THAT(bad({"--config", "/nowhere/at/all"}),
              HasSubstr("/nowhere/at/all: cannot be read: No such file"));
  EXPECT_THAT(bad({"--config", "/"}), HasSubstr("/: cannot be read: Is a directory"));
  EXPECT_THAT(bad({"--config", file_with("quiet = yes\nmyprot = 1\n")}),
              HasSubstr("line 2: unknown name 'myprot' (did you"));
  EXPECT_THAT(bad({"--config", file_with("just words\n")}), HasSubstr("line 1"));
  EXPECT_THAT(bad({"--config", file_with("myport = owl\n")}), HasSubstr("line 1"));
  variables() = {{"BELLWETHER_MYPORT", "owl"}};
  EXPECT_THAT(bad({}), HasSubstr("BELLWETHER_MYPORT"));
}

TEST_F(OptionsTest, RetentionHasUnitsAndIsOffByDefault) {
  EXPECT_TRUE(good({}).retention.keeps_all());
  EXPECT_EQ(good({"--retain-bytes", "10G"}).retention.bytes, 10ull << 30);
  EXPECT_EQ(good({"--retain-bytes", "67108864"}).retention.bytes, 64ull << 20);
  EXPECT_EQ(good({"--retain-age", "7d"}).retention.age_ms, 7ull * 24 * 3600 * 1000);
  variables()["BELLWETHER_RETAIN_AGE"] = "90s";
  EXPECT_EQ(good({}).retention.age_ms, 90'000u);
}

TEST_F(OptionsTest, RetentionThatMakesNoSenseIsRefused) {
  EXPECT_THAT(bad({"--retain-bytes", "10X"}), HasSubstr("write it as 500M, 10G or 2T"));
  EXPECT_THAT(bad({"--retain-bytes", "-1"}), HasSubstr("retain-bytes"));
  EXPECT_THAT(bad({"--retain-bytes", "10"}), HasSubstr("at least 64M stay"));
  EXPECT_THAT(bad({"--retain-bytes", "99999999999T"}), HasSubstr("is no size"));
  EXPECT_THAT(bad({"--retain-age", "7"}), HasSubstr("write it as 90s, 30m, 12h or 7d"));
  EXPECT_THAT(bad({"--retain-age", "0d"}), HasSubstr("nothing would stay"));
  EXPECT_THAT(bad({"--retain-age", "99999999999d"}), HasSubstr("more than 100 years"));
}

TEST_F(OptionsTest, WildcardNeedsAnAddressForTheOthers) {
  EXPECT_THAT(bad({"--bind", "0.0.0.0"}), HasSubstr("--advertise"));
  EXPECT_EQ(good({"--bind", "0.0.0.0", "--advertise", "owl"}).advertise, "owl:8001");
  EXPECT_EQ(good({"--bind", "::", "--advertise", "[fd00::1]:9"}).advertise, "[fd00::1]:9");
}

TEST_F(OptionsTest, EvictionIsCountedInRounds) {
  EXPECT_EQ(good({}).evict_rounds, 0u);
  EXPECT_EQ(good({"--evict-after", "3", "--heartbeat", "200"}).evict_rounds, 15u);
}

TEST_F(OptionsTest, HelpNamesEveryFlag) {
  const auto parsed = parse_options({"--help"}, &lookup);
  const auto& early = std::get<EarlyExit>(parsed);
  EXPECT_EQ(early.status, 0);
  for (const auto* flag :
       {"--myport", "--clusterip", "--makeMasterOnError", "--bind", "--advertise", "--join-timeout",
        "--data-dir", "--priority", "--heartbeat", "--quiet", "--log-level", "--log-format", "--config",
        "--learner", "--evict-after", "--leave-on-terminate", "--version"}) {
    EXPECT_THAT(early.text, HasSubstr(flag));
  }
}

}  // namespace
}  // namespace bellwether::node
