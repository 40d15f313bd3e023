#include "client/members.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bellwether::client {
namespace {

using testing::ElementsAre;

TEST(Members, TheNamedMembersAreAskedInTheirOrder) {
  EXPECT_THAT(Members({"a:1", "b:1", "a:1"}).candidates(), ElementsAre("a:1", "b:1"));
}

TEST(Members, TheLeaderIsAskedFirst) {
  Members members({"a:1", "b:1"});
  members.learn_leader("c:1");
  EXPECT_THAT(members.candidates(), ElementsAre("c:1", "a:1", "b:1"));
}

TEST(Members, WhoDidNotAnswerIsAskedLast) {
  Members members({"a:1", "b:1", "c:1"});
  members.doubt("a:1");
  EXPECT_THAT(members.candidates(), ElementsAre("b:1", "c:1", "a:1"));
}

TEST(Members, WhoLeftTheClusterIsForgottenButNotWhomTheUserNamed) {
  Members members({"a:1"});
  members.learn("gone:1");
  members.learn_all({"b:1", "c:1"});
  EXPECT_THAT(members.candidates(), ElementsAre("a:1", "b:1", "c:1"));
}

}  // namespace
}  // namespace bellwether::client
