#include "base/latency_histogram.hpp"

#include <gtest/gtest.h>

namespace bellwether {
namespace {

using std::chrono::nanoseconds;

TEST(LatencyHistogram, WithoutValuesEverythingIsZero) {
  EXPECT_EQ(LatencyHistogram().percentile(0.99), nanoseconds(0));
  EXPECT_EQ(LatencyHistogram().max(), nanoseconds(0));
}

TEST(LatencyHistogram, APercentileIsNeverTooSmallAndAtMostOnePartIn128TooLarge) {
  for (std::int64_t value = 1; value < 100'000'000'000; value = value * 5 / 4 + 1) {
    LatencyHistogram histogram;
    histogram.add(nanoseconds(value), 1);
    histogram.add(nanoseconds(1'000'000'000'000), 1);
    const auto half = histogram.percentile(0.5).count();
    EXPECT_GE(half, value);
    EXPECT_LE(half, value + value / 128);
  }
}

TEST(LatencyHistogram, AValueCountsAsOftenAsItIs) {
  LatencyHistogram histogram;
  histogram.add(nanoseconds(10), 98);
  histogram.add(nanoseconds(1000), 2);
  EXPECT_EQ(histogram.percentile(0.98), nanoseconds(10));
  EXPECT_EQ(histogram.percentile(0.99), nanoseconds(1000));
}

TEST(LatencyHistogram, NoPercentileIsAboveTheLargestValue) {
  LatencyHistogram histogram;
  histogram.add(nanoseconds(1'000'001), 1);
  EXPECT_EQ(histogram.percentile(1.0), nanoseconds(1'000'001));
}

}  // namespace
}  // namespace bellwether
