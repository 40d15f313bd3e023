#include "client/window.hpp"

#include <gtest/gtest.h>

namespace bellwether::client {
namespace {

PendingGroup group_of(std::uint32_t count) {
  PendingGroup group;
  group.count = count;
  group.messages = Bytes::copy_of("0123456789");
  return group;
}

Window window_of(int groups) {
  Window window;
  for (int i = 0; i < groups; ++i) window.add(group_of(5));
  return window;
}

TEST(Window, GroupsAreNumberedFromOneInTheirOrder) {
  Window window = window_of(2);
  EXPECT_EQ(window.send_next()->sequence, 1u);
  EXPECT_EQ(window.send_next()->sequence, 2u);
  EXPECT_EQ(window.send_next(), nullptr);
}

TEST(Window, ALostConnectionLeavesTheFateOfWhatWasSentUnknownAndSendsItAgain) {
  Window window = window_of(3);
  window.send_next();
  window.send_next();
  window.connection_lost();
  EXPECT_EQ(window.messages_of_unknown_fate(), 10u);
  EXPECT_EQ(window.in_flight(), 0u);
  EXPECT_EQ(window.send_next()->sequence, 1u);
}

TEST(Window, ARefusalLeavesNoDoubt) {
  Window window = window_of(2);
  window.send_next();
  window.send_again();
  EXPECT_EQ(window.messages_of_unknown_fate(), 0u);
  EXPECT_EQ(window.send_next()->sequence, 1u);
}

TEST(Window, AnAcknowledgementTakesTheOldestAndItsBytesAway) {
  Window window = window_of(2);
  window.send_next();
  window.send_next();
  EXPECT_EQ(window.acknowledge().sequence, 1u);
  EXPECT_EQ(window.oldest().sequence, 2u);
  EXPECT_EQ(window.bytes(), 10u);
  EXPECT_EQ(window.messages(), 5u);
}

TEST(Window, ANewProducerNumbersFromOneAgain) {
  Window window = window_of(3);
  window.send_next();
  window.acknowledge();
  window.send_next();
  window.connection_lost();
  window.start_numbering();
  EXPECT_EQ(window.messages_of_unknown_fate(), 0u);
  EXPECT_EQ(window.send_next()->sequence, 1u);
  EXPECT_EQ(window.send_next()->sequence, 2u);
}

}  // namespace
}  // namespace bellwether::client
