#include "node/pace.hpp"

#include <gtest/gtest.h>

namespace bellwether::node {
namespace {

using std::chrono::milliseconds;

TEST(Pace, LetsATenthOfASecondsWorthGoAtOnce) {
  const Pace::Clock::time_point now(std::chrono::hours(1));
  Pace pace(1000);
  EXPECT_LE(pace.next(), now);
  pace.sent(100, now);
  EXPECT_LE(pace.next(), now);
  pace.sent(100, now);
  EXPECT_EQ(pace.next(), now + milliseconds(100));
}

TEST(Pace, ForgetsTimesInWhichNothingWent) {
  const Pace::Clock::time_point now(std::chrono::hours(1));
  Pace pace(1000);
  pace.sent(100, now);
  pace.sent(500, now + milliseconds(2000));
  EXPECT_EQ(pace.next(), now + milliseconds(2400));
}

}  // namespace
}  // namespace bellwether::node
