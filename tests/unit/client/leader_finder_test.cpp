#include "client/leader_finder.hpp"

#include <gtest/gtest.h>

#include <asio/co_spawn.hpp>

#include "fake_cluster.hpp"

namespace bellwether::client {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using Found = std::optional<Result<MemberConnection::Pointer>>;

struct Search {
  explicit Search(std::vector<std::string> seeds)
      : members(std::move(seeds)),
        finder(members, 1, [this](const std::string& reason) { reasons.push_back(reason); }) {}

  void start(asio::io_context& io, Patience patience = {}) {
    asio::co_spawn(
        io, finder.connect(patience),
        [this](std::exception_ptr, Result<MemberConnection::Pointer> result) { found = std::move(result); });
  }

  Members members;
  std::vector<std::string> reasons;
  LeaderFinder finder;
  Found found;
};

class LeaderFinding : public testing::Test {
 protected:
  void find(Search& search, Patience patience = {}) {
    search.start(io, patience);
    ASSERT_TRUE(run_until(io, [&] { return search.found.has_value(); }));
  }

  asio::io_context io{1};
  FakeCluster cluster{io};
};

TEST_F(LeaderFinding, AnyMemberNamesTheLeader) {
  cluster.add();
  cluster.add();
  cluster.add();
  cluster.elect(2);
  Search search({cluster.member(0).address()});
  find(search);
  ASSERT_TRUE(search.found->has_value());
  EXPECT_EQ((**search.found)->address(), cluster.member(2).address());
}

TEST_F(LeaderFinding, AMemberThatDoesNotAnswerIsPassedOver) {
  cluster.add();
  cluster.add();
  cluster.elect(1);
  cluster.member(0).die();
  Search search({cluster.member(0).address(), cluster.member(1).address()});
  find(search);
  EXPECT_TRUE(search.found->has_value());
}

TEST_F(LeaderFinding, ASilentMemberIsLeftInTime) {
  cluster.add().is_silent = true;
  cluster.add();
  cluster.elect(1);
  Search search({cluster.member(0).address(), cluster.member(1).address()});
  find(search);
  EXPECT_TRUE(search.found->has_value());
}

TEST_F(LeaderFinding, ItWaitsForAnElectionAndSaysSoOnce) {
  cluster.add();
  cluster.add();
  cluster.elect_nobody();
  Search search({cluster.member(0).address()});
  search.start(io);
  ASSERT_TRUE(run_until(io, [&] { return cluster.member(0).connections_accepted > 5; }));
  cluster.elect(1);
  ASSERT_TRUE(run_until(io, [&] { return search.found.has_value(); }));
  EXPECT_EQ(search.reasons.size(), 1u);
  EXPECT_NE(search.reasons[0].find("an election is going on"), std::string::npos) << search.reasons[0];
}

TEST_F(LeaderFinding, MembersThatNameEachOtherDoNotCatchIt) {
  cluster.add();
  cluster.add();
  cluster.member(0).believes_in = cluster.member(1).info();
  cluster.member(1).believes_in = cluster.member(0).info();
  Search search({cluster.member(0).address()});
  search.start(io);
  ASSERT_TRUE(run_until(io, [&] { return cluster.member(0).connections_accepted > 10; }));
  cluster.member(1).believes_in = cluster.member(1).info();
  ASSERT_TRUE(run_until(io, [&] { return search.found.has_value(); }));
  EXPECT_EQ((**search.found)->address(), cluster.member(1).address());
}

TEST_F(LeaderFinding, WithNobodyToReachItGivesUpInTimeAndNamesWhomItTried) {
  cluster.add().die();
  Search search({cluster.member(0).address()});
  Patience patience;
  patience.reach_by = steady_clock::now() + milliseconds(50);
  find(search, patience);
  ASSERT_FALSE(search.found->has_value());
  EXPECT_EQ(search.found->error().what.find("no member can be reached at " + cluster.member(0).address()), 0u)
      << search.found->error().what;
}

TEST_F(LeaderFinding, AMemberThatAnswersIsReachedEvenIfNobodyLeads) {
  cluster.add();
  cluster.elect_nobody();
  Search search({cluster.member(0).address()});
  Patience patience;
  patience.reach_by = steady_clock::now();
  search.start(io, patience);
  ASSERT_TRUE(run_until(io, [&] { return cluster.member(0).connections_accepted > 3; }));
  EXPECT_FALSE(search.found.has_value());
  cluster.elect(0);
  ASSERT_TRUE(run_until(io, [&] { return search.found.has_value(); }));
}

}  // namespace
}  // namespace bellwether::client
