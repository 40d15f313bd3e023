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

TEST(BallotRuns, AnswersLikeAPlainListWhateverHappens) {
  BallotRuns runs;
  std::vector<Ballot> plain;
  std::uint64_t random = 7;
  for (int step = 0; step < 20'000; ++step) {
    random = random * 6364136223846793005ULL + 1442695040888963407ULL;
    if ((random >> 33) % 5 == 0 && !plain.empty()) {
      const Index from = 1 + (random >> 40) % plain.size();
      if (plain.size() - from < 20) {
        runs.truncate(from);
        plain.resize(from - 1);
      }
    } else {
      plain.push_back(ballot(1 + static_cast<std::uint64_t>(step) / 100));
      runs.append(plain.back());
    }
    ASSERT_EQ(runs.last(), plain.size());
    const Index some = plain.empty() ? 0 : 1 + (random >> 20) % plain.size();
    ASSERT_EQ(runs.at(some), some == 0 ? Ballot{} : plain[some - 1]);
  }
}

}  // namespace
}  // namespace bellwether::replication
