#include "client/group_builder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_cluster.hpp"

namespace bellwether::client {
namespace {

using testing::ElementsAre;

TEST(GroupBuilder, EachMessageHasItsLengthBeforeIt) {
  GroupBuilder builder;
  builder.add("ab");
  builder.add("");
  const std::string expected("\x02\0\0\0ab\0\0\0\0", 10);
  EXPECT_EQ(builder.count(), 2u);
  EXPECT_EQ(builder.bytes(), expected.size());
  EXPECT_EQ(builder.take().text(), expected);
}

TEST(GroupBuilder, AnyBytesStayAsTheyAre) {
  const std::string binary("\0\n\xff\xfe", 4);
  GroupBuilder builder;
  builder.add(binary);
  EXPECT_THAT(messages_in(builder.take()), ElementsAre(binary));
}

TEST(GroupBuilder, WhatWasTakenDoesNotChangeWhenTheNextGroupIsBuilt) {
  GroupBuilder builder;
  builder.add("first");
  const Bytes first = builder.take();
  EXPECT_TRUE(builder.empty());
  builder.add("other");
  builder.take();
  EXPECT_THAT(messages_in(first), ElementsAre("first"));
}

TEST(GroupBuilder, AMessageOfTheLargestSizeFillsABody) {
  GroupBuilder builder;
  builder.add(std::string(message_bytes_max, 'x'));
  EXPECT_EQ(builder.bytes(), limits::client_body_bytes_max);
}

}  // namespace
}  // namespace bellwether::client
