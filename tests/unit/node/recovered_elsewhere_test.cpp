#include "node/recovered_elsewhere.hpp"

#include <gtest/gtest.h>

namespace bellwether::node {
namespace {

using Clock = RecoveredElsewhere::Clock;
using std::chrono::milliseconds;

const Successor crows{"crows", {NodeId{1}, "127.0.0.1:8001"}};

class RecoveredElsewhereTest : public testing::Test {
 protected:
  using Successors = std::vector<Successor>;
  Successors after(milliseconds time, bool has_leader) {
    now_ += time;
    return elsewhere.on_step(has_leader, now_);
  }
  RecoveredElsewhere elsewhere{{"127.0.0.1:8002"}};

 private:
  Clock::time_point now_{std::chrono::hours(1)};
};

TEST_F(RecoveredElsewhereTest, ANodeThatFindsNoLeaderGivesUp) {
  EXPECT_EQ(after(milliseconds(0), false), Successors());
  elsewhere.hear(crows);
  EXPECT_EQ(after(milliseconds(2'900), false), Successors()) << "the others may just be starting";
  EXPECT_EQ(after(milliseconds(200), false), Successors{crows});
}

TEST_F(RecoveredElsewhereTest, ANodeWithALeaderGoesOn) {
  elsewhere.hear(crows);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(after(milliseconds(100), true), Successors());
  EXPECT_EQ(after(milliseconds(2'900), false), Successors());
}

TEST_F(RecoveredElsewhereTest, ANodeThatHeardNothingWaitsForEver) {
  EXPECT_EQ(after(milliseconds(0), false), Successors());
  EXPECT_EQ(after(std::chrono::hours(1), false), Successors());
}

TEST_F(RecoveredElsewhereTest, WhatIsHeardOfAnAddressIsForgottenWhenAMemberAnswersThere) {
  EXPECT_EQ(after(milliseconds(0), false), Successors());
  elsewhere.hear(crows);
  elsewhere.forget(NodeId{1});
  EXPECT_EQ(after(std::chrono::hours(1), false), Successors());
}

Inquiry::Finding finding(const std::string& cluster, std::vector<std::string> former) {
  StatusAnswer status;
  status.cluster = cluster;
  status.id = NodeId{1};
  status.former = std::move(former);
  return {"127.0.0.1:8001", status};
}

TEST_F(RecoveredElsewhereTest, IsToldByTheStatusOfAMemberOfTheClusterThatGoesOn) {
  EXPECT_EQ(successors_among("owls", {finding("crows", {"rooks", "owls"})}), Successors{crows});
  EXPECT_EQ(successors_among("owls", {finding("crows", {"rooks"})}), Successors());
  EXPECT_EQ(successors_among("owls", {finding("crows", {"owls"}), finding("owls", {})}), Successors())
      << "a member of its own is there";
}

TEST_F(RecoveredElsewhereTest, OfTwoClustersBothAreToldUnlessAPersonHasNamedOne) {
  const Successor daws{"daws", {NodeId{3}, "127.0.0.1:8003"}};
  after(milliseconds(0), false);
  elsewhere.hear(crows);
  elsewhere.hear(daws);
  EXPECT_EQ(after(milliseconds(3'000), false), (Successors{crows, daws}));
  const Successor named{"daws", {NodeId{2}, "127.0.0.1:8002"}};
  elsewhere.hear(named);
  EXPECT_EQ(after(milliseconds(1), false), Successors{named});
}

}  // namespace
}  // namespace bellwether::node
