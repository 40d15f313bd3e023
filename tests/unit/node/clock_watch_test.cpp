#include "node/clock_watch.hpp"

#include <gtest/gtest.h>

namespace bellwether::node {
namespace {

constexpr std::uint64_t now_ms = 1'700'000'000'000;
constexpr std::uint64_t hour_ms = 3'600'000;
constexpr NodeId n2{2}, n3{3};

TEST(ClockWatch, ToleratesAMinuteEitherWay) {
  ClockWatch watch;
  EXPECT_FALSE(watch.hear(n2, now_ms + 60'000, now_ms));
  EXPECT_FALSE(watch.hear(n2, now_ms - 60'000, now_ms));
}

TEST(ClockWatch, SaysByHowMuchAndWhichWay) {
  ClockWatch watch;
  EXPECT_TRUE(watch.hear(n2, now_ms - 24 * hour_ms, now_ms)
                  ->starts_with("the clock of node 2 is 24 h 0 min behind this node's."));
  EXPECT_TRUE(watch.hear(n3, now_ms + 90'000, now_ms)
                  ->starts_with("the clock of node 3 is 1 min ahead of this node's."));
}

TEST(ClockWatch, SaysItOnceForEachMemberUntilItsClockWasRight) {
  ClockWatch watch;
  EXPECT_TRUE(watch.hear(n2, now_ms + hour_ms, now_ms));
  EXPECT_FALSE(watch.hear(n2, now_ms + hour_ms, now_ms));
  EXPECT_TRUE(watch.hear(n3, now_ms + hour_ms, now_ms));
  EXPECT_FALSE(watch.hear(n2, now_ms, now_ms));
  EXPECT_TRUE(watch.hear(n2, now_ms + hour_ms, now_ms));
}

TEST(ClockWatch, AMemberThatDoesNotTellItsTimeIsNotAccused) {
  EXPECT_FALSE(ClockWatch().hear(n2, 0, now_ms));
}

}  // namespace
}  // namespace bellwether::node
