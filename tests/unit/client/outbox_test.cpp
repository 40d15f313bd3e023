#include "client/outbox.hpp"

#include <gtest/gtest.h>

namespace bellwether::client {
namespace {

constexpr std::chrono::steady_clock::time_point now{};

TEST(Outbox, MessagesThatWaitGoTogether) {
  Outbox outbox({4, 1000, 10'000});
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(outbox.append("message", now));
  outbox.seal();
  EXPECT_EQ(outbox.window().size(), 1u);
  EXPECT_EQ(outbox.window().oldest().count, 10u);
}

TEST(Outbox, AGroupIsNotLargerThanItsLimit) {
  Outbox outbox({4, 100, 10'000});
  for (int i = 0; i < 10; ++i)
    EXPECT_TRUE(outbox.append(std::string(26, 'x'), now));  // 30 bytes with the prefix
  EXPECT_EQ(outbox.window().size(), 3u);
  EXPECT_EQ(outbox.window().oldest().count, 3u);
}

TEST(Outbox, AMessageLargerThanAGroupGoesAlone) {
  Outbox outbox({4, 100, 200});
  EXPECT_TRUE(outbox.append("small", now));
  EXPECT_TRUE(outbox.append(std::string(5000, 'x'), now));
  EXPECT_EQ(outbox.window().size(), 1u);
  EXPECT_FALSE(outbox.append("small", now));  // until what is before it is acknowledged
  outbox.window().send_next();
  outbox.window().acknowledge();
  EXPECT_TRUE(outbox.append("small", now));
}

TEST(Outbox, AFullWindowTakesNothingMore) {
  Outbox outbox({2, 100, 10'000});
  int taken = 0;
  while (outbox.append(std::string(96, 'x'), now)) ++taken;
  EXPECT_EQ(taken, 3);  // two groups, and one that waits
  EXPECT_EQ(outbox.unacknowledged(), 3u);
}

TEST(Outbox, TheBytesOfTheWindowAreBounded) {
  Outbox outbox({1000, 100, 500});
  int taken = 0;
  while (outbox.append(std::string(96, 'x'), now)) ++taken;
  EXPECT_EQ(taken, 6);
}

TEST(Outbox, MessagesKeepTheirNumbersThroughTheGroups) {
  Outbox outbox({4, 100, 10'000});
  for (int i = 0; i < 5; ++i) outbox.append(std::string(26, 'x'), now);
  outbox.seal();
  outbox.window().send_next();
  EXPECT_EQ(outbox.window().acknowledge().first_message, 0u);
  EXPECT_EQ(outbox.window().oldest().first_message, 3u);
}

}  // namespace
}  // namespace bellwether::client
