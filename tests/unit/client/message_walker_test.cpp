#include "client/message_walker.hpp"

#include <gtest/gtest.h>

#include "client/group_builder.hpp"

namespace bellwether::client {
namespace {

TEST(MessageWalker, GivesBackWhatWasPutTogether) {
  GroupBuilder builder;
  builder.add("one");
  builder.add("");
  const Bytes body = builder.take();
  MessageWalker walker(body);
  EXPECT_EQ(walker.next(), "one");
  EXPECT_EQ(walker.next(), "");
  EXPECT_FALSE(walker.next());
  EXPECT_TRUE(walker.is_at_end());
}

TEST(MessageWalker, ALengthThatLeavesTheBodyEndsTheWalk) {
  const Bytes body = Bytes::copy_of(
      "\xff\xff\xff\xff"
      "abc");
  MessageWalker walker(body);
  EXPECT_FALSE(walker.next());
  EXPECT_FALSE(walker.is_at_end());
}

}  // namespace
}  // namespace bellwether::client
