#include "client/tail.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <asio/co_spawn.hpp>

#include "fake_cluster.hpp"

namespace bellwether::client {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;

class Tailing : public testing::Test {
 protected:
  void SetUp() override {
    cluster.add();
    cluster.add();
    for (int i = 0; i < 1000; ++i) cluster.log.push_back("message " + std::to_string(i));
  }

  void start(TailOptions options) {
    Tail::Events events;
    events.on_messages = [this](const Messages& messages) {
      for (const Bytes& piece : messages.body) {
        for (std::string& message : messages_in(piece)) read.push_back(std::move(message));
      }
      return read.size() < enough;
    };
    tail.emplace(Members({cluster.member(0).address(), cluster.member(1).address()}), options, 1,
                 std::move(events));
    asio::co_spawn(io, tail->run(milliseconds(300)),
                   [this](std::exception_ptr, Result<Offset> result) { end = std::move(result); });
  }

  bool run_to_the_end() {
    return run_until(io, [this] { return end.has_value(); });
  }

  asio::io_context io{1};
  FakeCluster cluster{io};
  std::optional<Tail> tail;
  std::vector<std::string> read;
  std::size_t enough = SIZE_MAX;
  std::optional<Result<Offset>> end;
};

TEST_F(Tailing, WithoutFollowItEndsAtTheEnd) {
  start({});
  ASSERT_TRUE(run_to_the_end());
  ASSERT_TRUE(end->has_value());
  EXPECT_EQ(**end, 1000u);
  EXPECT_EQ(read, cluster.log);
}

TEST_F(Tailing, FromAndLimitChooseARange) {
  TailOptions options;
  options.from = 17;
  options.limit = 2;
  start(options);
  ASSERT_TRUE(run_to_the_end());
  EXPECT_THAT(read, ElementsAre("message 17", "message 18"));
}

TEST_F(Tailing, AnswersCutIntoSingleBytesAreReadTheSame) {
  cluster.member(0).write_bytes_max = 1;
  TailOptions options;
  options.limit = 3;
  start(options);
  ASSERT_TRUE(run_to_the_end());
  EXPECT_THAT(read, ElementsAre("message 0", "message 1", "message 2"));
}

TEST_F(Tailing, AFollowerGoesOnThroughAnotherMemberWhenItsMemberDies) {
  TailOptions options;
  options.follow = true;
  start(options);
  ASSERT_TRUE(run_until(io, [this] { return read.size() == 1000; }));
  cluster.member(0).die();
  cluster.log.push_back("after the death");
  ASSERT_TRUE(run_until(io, [this] { return read.size() == 1001; }));
  EXPECT_EQ(read, cluster.log);
  enough = 0;
  cluster.log.push_back("the last one");
  ASSERT_TRUE(run_to_the_end());
}

TEST_F(Tailing, AMemberThatDiesInTheMiddleCostsNoMessageAndDoublesNone) {
  cluster.member(0).write_bytes_max = 100;
  start({});
  ASSERT_TRUE(run_until(io, [this] { return read.size() >= 300; }));
  cluster.member(0).die();
  ASSERT_TRUE(run_to_the_end());
  EXPECT_EQ(read, cluster.log);
}

TEST_F(Tailing, TheReaderMayStopIt) {
  enough = 1;
  start({});
  ASSERT_TRUE(run_to_the_end());
  EXPECT_TRUE(end->has_value());
  EXPECT_EQ(read.size(), 100u);
}

TEST_F(Tailing, WithNobodyLeftItEndsWithAnErrorThatNamesAMember) {
  cluster.member(0).die();
  cluster.member(1).die();
  start({});
  ASSERT_TRUE(run_to_the_end());
  ASSERT_FALSE(end->has_value());
  EXPECT_NE(end->error().what.find("127.0.0.1:"), std::string::npos) << end->error().what;
}

}  // namespace
}  // namespace bellwether::client
