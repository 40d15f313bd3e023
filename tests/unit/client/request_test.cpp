#include "client/request.hpp"

#include <gtest/gtest.h>

#include <asio/co_spawn.hpp>

#include "fake_cluster.hpp"

namespace bellwether::client {
namespace {

using std::chrono::milliseconds;

class Requests : public testing::Test {
 protected:
  std::optional<Result<Packet>> ask_the_leader(Packet request) {
    Members members({cluster.member(0).address()});
    LeaderFinder finder(members, 1, nullptr);
    std::optional<Result<Packet>> reply;
    asio::co_spawn(io, ask_leader(finder, std::move(request), Patience()),
                   [&](std::exception_ptr, Result<Packet> result) { reply = std::move(result); });
    run_until(io, [&] { return reply.has_value(); });
    return reply;
  }

  std::optional<Result<Packet>> ask(std::size_t member, Packet request) {
    std::optional<Result<Packet>> answer;
    asio::co_spawn(io, ask_member(cluster.member(member).address(), std::move(request), milliseconds(1000)),
                   [&](std::exception_ptr, Result<Packet> result) { answer = std::move(result); });
    run_until(io, [&] { return answer.has_value(); });
    return answer;
  }

  asio::io_context io{1};
  FakeCluster cluster{io};
};

TEST_F(Requests, ARequestReachesTheLeaderThroughAnyMember) {
  cluster.add();
  cluster.add();
  cluster.elect(1);
  const auto reply = ask_the_leader(SnapshotRequest{});
  ASSERT_TRUE(reply && *reply);
  EXPECT_TRUE(std::holds_alternative<Done>(**reply));
}

TEST_F(Requests, AQuestionIsAnsweredByExactlyTheMemberAsked) {
  cluster.add();
  cluster.add();
  const auto answer = ask(1, StatusRequest{});
  ASSERT_TRUE(answer && *answer);
  EXPECT_EQ(std::get<StatusAnswer>(**answer).id, NodeId{2});
}

TEST_F(Requests, ARefusalSaysWhoRefusedAndWhy) {
  cluster.add();
  cluster.add();
  const auto answer = ask(1, SnapshotRequest{});
  ASSERT_TRUE(answer && !*answer);
  EXPECT_NE(answer->error().what.find(cluster.member(1).address() + " answers not-leader"),
            std::string::npos);
}

TEST_F(Requests, AMemberThatCannotBeReachedIsNamed) {
  cluster.add().die();
  const auto answer = ask(0, StatusRequest{});
  ASSERT_TRUE(answer && !*answer);
  EXPECT_EQ(answer->error().what.find(cluster.member(0).address()), 0u) << answer->error().what;
}

}  // namespace
}  // namespace bellwether::client
