#include "client/describe.hpp"

#include <gtest/gtest.h>

namespace bellwether::client {
namespace {

MemberStatus voter(std::uint64_t id, bool reachable) {
  MemberStatus member;
  member.id = NodeId{id};
  member.address = "127.0.0.1:" + std::to_string(8000 + id);
  member.vote = true;
  member.reachable = reachable;
  return member;
}

TEST(Describe, AMissingMajorityNamesTheVotesAndWhoIsMissing) {
  StatusAnswer status;
  status.id = NodeId{1};
  status.members = {voter(1, false), voter(2, false), voter(3, false)};
  EXPECT_EQ(describe_no_leader(status),
            "no majority: 2 votes are needed and 1 answers; missing: 2 (127.0.0.1:8002), 3 (127.0.0.1:8003)");
}

TEST(Describe, AMissingMajorityOfOneVoteIsSaidInTheSingular) {
  ErrorAnswer answer;
  answer.code = ErrorCode::no_majority;
  answer.needed = 1;
  answer.answering = 0;
  EXPECT_EQ(describe(answer), "no majority: 1 vote is needed and 0 answer");
}

TEST(Describe, WithAMajorityANewLeaderIsBeingElected) {
  StatusAnswer status;
  status.id = NodeId{1};
  status.members = {voter(1, true), voter(2, true), voter(3, false)};
  EXPECT_EQ(describe_no_leader(status), "an election is going on");
}

TEST(Describe, AnErrorWithoutWordsIsNamedByItsCode) {
  ErrorAnswer answer;
  answer.code = ErrorCode::disk_full;
  answer.hint = "make room";
  EXPECT_EQ(describe(answer), "disk-full (make room)");
}

TEST(Describe, ANoMajorityAnswerSaysWhoIsMissing) {
  ErrorAnswer answer;
  answer.code = ErrorCode::no_majority;
  answer.needed = 2;
  answer.answering = 1;
  answer.missing = {{NodeId{2}, "127.0.0.1:8002"}};
  EXPECT_EQ(describe(answer), "no majority: 2 votes are needed and 1 answers; missing: 2 (127.0.0.1:8002)");
}

}  // namespace
}  // namespace bellwether::client
