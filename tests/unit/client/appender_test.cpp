#include "client/appender.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "fake_cluster.hpp"

namespace bellwether::client {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;

std::vector<std::string> numbered(int count) {
  std::vector<std::string> messages;
  for (int i = 0; i < count; ++i) messages.push_back("message " + std::to_string(i));
  return messages;
}

// An appender, the messages that it is fed with whenever it has room, and what it reported.
class Appending : public testing::Test {
 protected:
  void SetUp() override {
    for (int i = 0; i < 3; ++i) cluster.add();
  }
  void TearDown() override {
    if (appender) appender->stop();
  }

  void start(std::size_t seed_member = 0) {
    Appender::Events events;
    events.on_acknowledged = [this](const Acknowledgement& acknowledgement) {
      EXPECT_EQ(acknowledgement.first_message, acknowledged);
      acknowledged += acknowledgement.count;
    };
    events.on_room = [this] { feed(); };
    events.on_leader = [this](const std::string& address) { leaders.push_back(address); };
    events.on_waiting = [this](const std::string& reason) { reasons.push_back(reason); };
    events.on_finished = [this] { finished = true; };
    events.on_failed = [this](const AppendFailure& why) { failure = why; };
    Members members({cluster.member(seed_member).address()});
    appender = std::make_shared<Appender>(io.get_executor(), std::move(members), options, std::move(events));
    appender->start();
  }

  void feed() {
    while (fed < messages.size() && appender->append(messages[fed])) ++fed;
    if (fed == messages.size() && finish_at_the_end) appender->finish();
  }

  void append_all(int count, std::size_t seed_member = 0) {
    messages = numbered(count);
    start(seed_member);
    feed();
  }

  bool run_to_the_end() {
    return run_until(io, [this] { return finished || failure; });
  }

  std::string said() const {
    return std::accumulate(
        reasons.begin(), reasons.end(), failure ? failure->what : std::string("no failure"),
        [](std::string all, const std::string& reason) { return std::move(all) + "\n" + reason; });
  }

  asio::io_context io{1};
  FakeCluster cluster{io};
  AppenderOptions options;
  std::shared_ptr<Appender> appender;
  std::vector<std::string> messages;
  std::size_t fed = 0;
  bool finish_at_the_end = true;
  std::uint64_t acknowledged = 0;
  std::vector<std::string> leaders;
  std::vector<std::string> reasons;
  bool finished = false;
  std::optional<AppendFailure> failure;
};

TEST_F(Appending, EveryMessageIsStoredOnceAndInOrder) {
  options.group_bytes_max = 200;
  append_all(10'000);
  ASSERT_TRUE(run_to_the_end());
  EXPECT_TRUE(finished) << said();
  EXPECT_EQ(acknowledged, 10'000u);
  EXPECT_EQ(cluster.log, messages);
}

TEST_F(Appending, AFollowerShowsTheWayToTheLeader) {
  cluster.elect(2);
  append_all(10);
  ASSERT_TRUE(run_to_the_end());
  EXPECT_THAT(leaders, ElementsAre(cluster.member(2).address()));
  EXPECT_EQ(cluster.log, messages);
}

TEST_F(Appending, ASingleMessageGoesAtOnce) {
  finish_at_the_end = false;
  append_all(1);
  ASSERT_TRUE(run_until(io, [this] { return acknowledged == 1; }));
  EXPECT_THAT(cluster.group_counts, ElementsAre(1));
}

TEST_F(Appending, WhatWaitsBehindAFullWindowGoesInLargeGroups) {
  options.groups_max = 2;
  finish_at_the_end = false;
  append_all(1);
  ASSERT_TRUE(run_until(io, [this] { return acknowledged == 1; }));
  cluster.group_counts.clear();
  for (int i = 0; i < 1000; ++i) {
    messages.push_back("more " + std::to_string(i));
    feed();
    if (i < 3) io.restart(), io.poll();  // the first ones find room in the window
  }
  ASSERT_TRUE(run_until(io, [this] { return acknowledged == 1001; }));
  EXPECT_LE(cluster.group_counts.size(), 5u);
  EXPECT_EQ(cluster.log, messages);
}

TEST_F(Appending, TheWindowIsBoundedAndRoomIsReported) {
  options.groups_max = 2;
  options.group_bytes_max = 100;
  append_all(1000);
  EXPECT_LT(fed, 30u);  // nothing is connected yet
  ASSERT_TRUE(run_to_the_end());
  EXPECT_EQ(cluster.log, messages);
}

TEST_F(Appending, AMessageOfTheLargestSizeIsStored) {
  messages = {"before", std::string(message_bytes_max, 'x'), "after"};
  start();
  feed();
  ASSERT_TRUE(run_to_the_end());
  EXPECT_EQ(cluster.log, messages);
}

TEST_F(Appending, ALeaderThatDiesInTheMiddleOfTheWindowCostsNothingAndDoublesNothing) {
  options.group_bytes_max = 100;
  cluster.member(0).appends_until_death = 20;
  append_all(2000);
  ASSERT_TRUE(run_until(io, [this] { return !cluster.member(0).appends_until_death.has_value(); }));
  cluster.elect(1);
  ASSERT_TRUE(run_to_the_end());
  EXPECT_TRUE(finished) << said();
  EXPECT_EQ(cluster.log, messages);
  EXPECT_THAT(leaders, ElementsAre(cluster.member(0).address(), cluster.member(1).address()));
}

TEST_F(Appending, LeadersThatKeepDyingCostNothingAndDoubleNothing) {
  options.group_bytes_max = 100;
  append_all(3000);
  for (std::size_t death = 0; death < 6; ++death) {
    FakeMember& leader = cluster.member(death % 3);
    leader.appends_until_death = 7;
    ASSERT_TRUE(run_until(io, [&] { return !leader.appends_until_death.has_value(); })) << said();
    cluster.elect((death + 1) % 3);
    leader.restart();
  }
  ASSERT_TRUE(run_to_the_end());
  EXPECT_EQ(cluster.log, messages);
  EXPECT_EQ(cluster.registrations, 1);
}

TEST_F(Appending, ItLearnsTheOtherMembersFromTheLeader) {
  finish_at_the_end = false;
  append_all(1);  // only member 0 is named
  ASSERT_TRUE(run_until(io, [this] { return acknowledged == 1; }));
  ASSERT_TRUE(run_until(io, [this] { return cluster.member(0).connections_accepted > 0; }));
  cluster.elect(1);
  cluster.member(0).die();
  messages.push_back("after the death");
  feed();
  ASSERT_TRUE(run_until(io, [this] { return acknowledged == 2; })) << said();
}

TEST_F(Appending, AnswersCutInHalvesAreReadTheSame) {
  options.group_bytes_max = 100;
  cluster.member(0).write_bytes_max = 7;
  append_all(300);
  ASSERT_TRUE(run_to_the_end());
  EXPECT_EQ(acknowledged, 300u);
  EXPECT_EQ(cluster.log, messages);
}

TEST_F(Appending, ASilentLeaderIsLeftInTime) {
  options.answer_within = milliseconds(100);
  finish_at_the_end = false;
  append_all(1);
  ASSERT_TRUE(run_until(io, [this] { return acknowledged == 1; }));
  cluster.member(0).is_silent = true;
  messages.push_back("to a silent leader");
  feed();
  ASSERT_TRUE(run_until(io, [this] { return cluster.member(0).connections_accepted > 1; }));
  cluster.elect(1);
  ASSERT_TRUE(run_until(io, [this] { return acknowledged == 2; }));
  EXPECT_EQ(cluster.log, messages);
}

TEST_F(Appending, ASilentLeaderIsLeftAsSoonAsAnotherOneLeads) {
  options.answer_within = std::chrono::minutes(1);
  finish_at_the_end = false;
  append_all(1);
  ASSERT_TRUE(run_until(io, [this] { return acknowledged == 1; }));
  cluster.member(0).is_silent = true;
  messages.push_back("to a leader that has vanished");
  feed();
  cluster.elect(1);
  ASSERT_TRUE(run_until(io, [this] { return acknowledged == 2; })) << said();
  EXPECT_EQ(cluster.log, messages);
}

TEST_F(Appending, ASilentLeaderIsKeptWhileNobodyElseLeads) {
  options.answer_within = std::chrono::minutes(1);
  finish_at_the_end = false;
  append_all(1);
  ASSERT_TRUE(run_until(io, [this] { return acknowledged == 1; }));
  cluster.member(0).is_silent = true;
  const int before = cluster.member(0).connections_accepted;
  messages.push_back("to a slow leader");
  feed();
  ASSERT_TRUE(run_until(io, [this] { return cluster.member(1).connections_accepted >= 2; }));
  EXPECT_EQ(cluster.member(0).connections_accepted, before);
}

// Codes that mean: not stored, once more.
class AppendingRefused : public Appending, public testing::WithParamInterface<ErrorCode> {};

TEST_P(AppendingRefused, WhatWasNotStoredIsSentAgain) {
  options.group_bytes_max = 100;
  int refusals = 0;
  cluster.member(0).instead_of_storing = [&](const AppendRequest& request) -> std::optional<Packet> {
    if (request.sequence != 3 || refusals == 4) return std::nullopt;
    refusals += 1;
    return error_answer(GetParam());
  };
  append_all(300);
  ASSERT_TRUE(run_to_the_end());
  EXPECT_TRUE(finished) << said();
  EXPECT_EQ(refusals, 4);
  EXPECT_EQ(cluster.log, messages);
}

INSTANTIATE_TEST_SUITE_P(Codes, AppendingRefused,
                         testing::Values(ErrorCode::retry, ErrorCode::no_leader, ErrorCode::no_majority,
                                         ErrorCode::busy, ErrorCode::leaving, ErrorCode::disk_full,
                                         ErrorCode::not_leader, ErrorCode::removed),
                         [](const auto& code) {
                           std::string name(to_string(code.param));
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST_F(Appending, ARefusalThatLastsIsToldOnce) {
  int refusals = 0;
  cluster.member(0).instead_of_storing = [&](const AppendRequest&) -> std::optional<Packet> {
    if (refusals == 4) return std::nullopt;
    refusals += 1;
    return error_answer(ErrorCode::disk_full);
  };
  append_all(3);
  ASSERT_TRUE(run_to_the_end());
  EXPECT_EQ(refusals, 4);
  EXPECT_EQ(reasons.size(), 1u) << said();
  EXPECT_EQ(cluster.log, messages);
}

TEST_F(Appending, AfterUnknownTheGroupIsRepeatedAndStoredOnce) {
  bool told = false;
  cluster.member(0).instead_of_storing = [&](const AppendRequest&) -> std::optional<Packet> {
    if (std::exchange(told, true)) return std::nullopt;
    return error_answer(ErrorCode::unknown);
  };
  append_all(3);
  ASSERT_TRUE(run_to_the_end());
  EXPECT_EQ(cluster.log, messages);
}

TEST_F(Appending, AGapIsFilledFromTheOldestGroup) {
  options.group_bytes_max = 100;
  bool told = false;
  cluster.member(0).instead_of_storing = [&](const AppendRequest& request) -> std::optional<Packet> {
    if (request.sequence != 5 || std::exchange(told, true)) return std::nullopt;
    ErrorAnswer gap = error_answer(ErrorCode::sequence_gap);
    gap.expected = 5;
    return gap;
  };
  append_all(300);
  ASSERT_TRUE(run_to_the_end());
  EXPECT_TRUE(finished) << said();
  EXPECT_EQ(cluster.log, messages);
}

TEST_F(Appending, AClusterThatLacksAcknowledgedGroupsIsReportedAndNothingIsSentToItAnew) {
  finish_at_the_end = false;
  append_all(1);
  ASSERT_TRUE(run_until(io, [this] { return acknowledged == 1; }));
  cluster.member(0).instead_of_storing = [](const AppendRequest&) -> std::optional<Packet> {
    ErrorAnswer gap = error_answer(ErrorCode::sequence_gap);
    gap.expected = 1;
    return gap;
  };
  messages.push_back("one more");
  feed();
  ASSERT_TRUE(run_to_the_end());
  EXPECT_EQ(failure->kind, AppendFailure::Kind::refused);
  EXPECT_NE(failure->what.find("has lost them"), std::string::npos);
}

class AppendingForgotten : public Appending {
 protected:
  // Groups are stored without an answer, and then the cluster forgets who sent them.
  void lose_the_producer() {
    options.group_bytes_max = 100;
    cluster.member(0).appends_until_death = 3;
    append_all(100);
    run_until(io, [this] { return !cluster.member(0).appends_until_death.has_value(); });
    stored = cluster.log.size();
    cluster.forget_producers();
    cluster.elect(1);
  }
  std::size_t stored = 0;
};

TEST_F(AppendingForgotten, AForgottenProducerNamesTheMessagesOfUnknownFateAndStops) {
  lose_the_producer();
  ASSERT_TRUE(run_to_the_end());
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->kind, AppendFailure::Kind::fate_unknown);
  EXPECT_EQ(failure->first_message, 0u);
  EXPECT_GE(failure->count, stored);
  EXPECT_EQ(cluster.log.size(), stored);
}

TEST_F(AppendingForgotten, AtLeastOnceSendsThemAgainAsANewProducer) {
  options.at_least_once = true;
  lose_the_producer();
  ASSERT_TRUE(run_to_the_end());
  EXPECT_TRUE(finished) << said();
  EXPECT_EQ(cluster.registrations, 2);
  EXPECT_EQ(acknowledged, 100u);
  const std::vector<std::string> again(cluster.log.begin() + static_cast<std::ptrdiff_t>(stored),
                                       cluster.log.end());
  EXPECT_EQ(again, messages);
}

TEST_F(Appending, AForgottenProducerWithNothingInDoubtGoesOnAsANewOne) {
  finish_at_the_end = false;
  append_all(1);
  ASSERT_TRUE(run_until(io, [this] { return acknowledged == 1; }));
  cluster.forget_producers();
  messages.push_back("never sent before");
  feed();
  ASSERT_TRUE(run_until(io, [this] { return acknowledged == 2; })) << said();
  EXPECT_EQ(cluster.log, messages);
  EXPECT_EQ(cluster.registrations, 2);
}

class AppendingInVain : public Appending, public testing::WithParamInterface<ErrorCode> {};

TEST_P(AppendingInVain, WhatNoLeaderWouldTakeIsAnErrorAtOnce) {
  cluster.member(0).instead_of_storing = [](const AppendRequest&) {
    return error_answer(GetParam(), "not this one");
  };
  append_all(3);
  ASSERT_TRUE(run_to_the_end());
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->kind, AppendFailure::Kind::refused);
  EXPECT_EQ(failure->count, 3u);
  EXPECT_NE(failure->what.find("not this one"), std::string::npos);
  EXPECT_EQ(cluster.member(0).appends_received, 1);
}

INSTANTIATE_TEST_SUITE_P(Codes, AppendingInVain,
                         testing::Values(ErrorCode::refused, ErrorCode::too_large, ErrorCode::bad_packet),
                         [](const auto& code) {
                           std::string name(to_string(code.param));
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST_F(Appending, WithNobodyToReachItGivesUpAfterTheTimeSaid) {
  options.reach_within = milliseconds(50);
  for (std::size_t i = 0; i < 3; ++i) cluster.member(i).die();
  append_all(3);
  ASSERT_TRUE(run_to_the_end());
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->kind, AppendFailure::Kind::unreachable);
  EXPECT_EQ(failure->count, 3u);
}

TEST_F(Appending, FinishWithoutAnyMessageIsFinishedAtOnce) {
  start();
  appender->finish();
  EXPECT_TRUE(finished);
}

TEST_F(Appending, AfterStopNothingIsReported) {
  append_all(100);
  appender->stop();
  run_until(
      io, [] { return false; }, milliseconds(50));
  EXPECT_EQ(acknowledged, 0u);
  EXPECT_FALSE(finished);
}

}  // namespace
}  // namespace bellwether::client
