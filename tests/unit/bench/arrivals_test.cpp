#include "arrivals.hpp"

#include <gtest/gtest.h>

namespace bellwether::bench {
namespace {

using std::chrono::seconds;

TEST(Arrivals, TheFirstIsAtTheStart) {
  const TimePoint start = TimePoint() + seconds(5);
  EXPECT_EQ(Arrivals(start, 3).next(), start);
}

TEST(Arrivals, DoNotDriftByRounding) {
  const TimePoint start;
  Arrivals arrivals(start, 3);
  for (int i = 0; i < 3'000'000; ++i) arrivals.take();
  EXPECT_EQ(arrivals.next(), start + seconds(1'000'000));
}

}  // namespace
}  // namespace bellwether::bench
