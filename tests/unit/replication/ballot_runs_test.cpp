#include "replication/ballot_runs.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace bellwether::replication {
namespace {

Ballot ballot(std::uint64_t round) { return {.round = round, .priority = 0, .id = NodeId{1}}; }

TEST(BallotRuns, BeforeTheFirstEntryStandsTheLeastBallot) {
  EXPECT_EQ(BallotRuns().at(0), Ballot{});
  EXPECT_EQ(BallotRuns().last_ballot(), Ballot{});
}

TEST(BallotRuns, ATruncationMayEndInTheMiddleOfARun) {
  BallotRuns runs;
  for (const std::uint64_t round : {1, 1, 1, 2, 2}) runs.append(ballot(round));
  runs.truncate(3);
  EXPECT_EQ(runs.last(), 2u);
  EXPECT_EQ(runs.last_ballot(), ballot(1));
  runs.append(ballot(7));
  EXPECT_EQ(runs.at(2), ballot(1));
  EXPECT_EQ(runs.at(3), ballot(7));
}

TEST(BallotRuns, ATruncationBehindTheEndChangesNothing) {
  BallotRuns runs;
  runs.append(ballot(1));
  runs.truncate(2);
  EXPECT_EQ(runs.last(), 1u);
}

TEST(BallotRuns, WhatIsDroppedLeavesTheBallotOfItsLastEntry) {
  BallotRuns runs;
  for (const std::uint64_t round : {1, 1, 2, 2, 3}) runs.append(ballot(round));
  runs.drop_upto(3);  // in the middle of a run
  EXPECT_EQ(runs.base(), (BallotRuns::Base{.index = 3, .ballot = ballot(2)}));
  EXPECT_EQ(runs.at(3), ballot(2));
  EXPECT_EQ(runs.at(4), ballot(2));
  EXPECT_EQ(runs.at(5), ballot(3));
  runs.drop_upto(5);  // everything
  EXPECT_EQ(runs.last(), 5u);
  EXPECT_EQ(runs.last_ballot(), ballot(3));
  runs.append(ballot(3));
  EXPECT_EQ(runs.at(6), ballot(3));
}

TEST(BallotRuns, NothingIsThereBeforeTheBaseOrBehindTheEnd) {
  BallotRuns runs({.index = 7, .ballot = ballot(2)});
  runs.append(ballot(3));
  EXPECT_TRUE(runs.has(7, ballot(2)));
  EXPECT_TRUE(runs.has(8, ballot(3)));
  EXPECT_FALSE(runs.has(8, ballot(2)));
  EXPECT_FALSE(runs.has(6, ballot(2)));
  EXPECT_FALSE(runs.has(9, ballot(3)));
}

TEST(BallotRuns, RunsBeginRightBehindTheBase) {
  const BallotRuns::Base base{.index = 4, .ballot = ballot(2)};
  EXPECT_TRUE(BallotRuns::of({}, 4, base));
  EXPECT_TRUE(BallotRuns::of({{5, ballot(2)}, {7, ballot(3)}}, 9, base));
  EXPECT_FALSE(BallotRuns::of({}, 5, base));
  EXPECT_FALSE(BallotRuns::of({{4, ballot(2)}}, 5, base));
  EXPECT_FALSE(BallotRuns::of({{6, ballot(2)}}, 6, base));
  EXPECT_FALSE(BallotRuns::of({{5, ballot(2)}, {7, ballot(3)}}, 6, base));
}

TEST(BallotRuns, AnswersLikeAPlainListWhateverHappens) {
  BallotRuns runs;
  std::vector<Ballot> plain;
  std::uint64_t random = 7;
  for (int step = 0; step < 20'000; ++step) {
    random = random * 6364136223846793005ULL + 1442695040888963407ULL;
    if ((random >> 33) % 5 == 0 && !plain.empty()) {
      const Index from = 1 + (random >> 40) % plain.size();
      if (from > runs.base().index && plain.size() - from < 20) {
        runs.truncate(from);
        plain.resize(from - 1);
      }
    } else if ((random >> 33) % 50 == 1 && plain.size() > 30) {
      const Index upto = plain.size() - 30 + (random >> 40) % 31;
      if (upto >= runs.base().index) runs.drop_upto(upto);
    } else {
      plain.push_back(ballot(1 + static_cast<std::uint64_t>(step) / 100));
      runs.append(plain.back());
    }
    ASSERT_EQ(runs.last(), plain.size());
    const Index base = runs.base().index;
    const Index some = plain.empty() ? 0 : base + (random >> 20) % (plain.size() - base + 1);
    ASSERT_EQ(runs.at(some), some == 0 ? Ballot{} : plain[some - 1]);
  }
}

}  // namespace
}  // namespace bellwether::replication
