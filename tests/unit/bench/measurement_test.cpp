#include "measurement.hpp"

#include <gtest/gtest.h>

namespace bellwether::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

class MeasurementTest : public testing::Test {
 protected:
  const TimePoint from_ = TimePoint() + seconds(100);
  Measurement measurement_{from_, seconds(2)};
};

TEST_F(MeasurementTest, RateCountsWhatIsAcknowledgedWithinTheMeasuredTime) {
  measurement_.on_acknowledged(10, from_ - milliseconds(1), from_ - nanoseconds(1));
  measurement_.on_acknowledged(20, from_ - milliseconds(1), from_);
  measurement_.on_acknowledged(40, from_, from_ + seconds(2) - nanoseconds(1));
  measurement_.on_acknowledged(80, from_, from_ + seconds(2));
  EXPECT_EQ(measurement_.acknowledged(), 60U);
  EXPECT_DOUBLE_EQ(measurement_.messages_per_second(), 30);
  EXPECT_DOUBLE_EQ(measurement_.bytes_per_second(100), 3000);
}

TEST_F(MeasurementTest, LatencyIsOfWhatBeganWithinTheMeasuredTimeHoweverLateItsAnswer) {
  measurement_.on_acknowledged(1, from_ - milliseconds(5), from_ + milliseconds(1));
  measurement_.on_acknowledged(1, from_ + milliseconds(5), from_ + milliseconds(6));
  measurement_.on_acknowledged(1, from_ + seconds(1), from_ + seconds(9));
  EXPECT_EQ(measurement_.latency().count(), 2U);
  EXPECT_EQ(measurement_.latency().max(), seconds(8));
}

TEST_F(MeasurementTest, EveryMessageOfABatchHasItsLatency) {
  measurement_.on_acknowledged(99, from_, from_ + milliseconds(1));
  measurement_.on_acknowledged(1, from_, from_ + milliseconds(100));
  EXPECT_LE(measurement_.latency().percentile(0.99), nanoseconds(1'000'000 + 1'000'000 / 128));
  EXPECT_EQ(measurement_.latency().percentile(0.999), milliseconds(100));
}

TEST_F(MeasurementTest, CpuTimeIsSharedAmongTheMessagesOfTheMeasuredTime) {
  EXPECT_FALSE(measurement_.cpu_us_per_message(seconds(1)));
  measurement_.on_acknowledged(1000, from_, from_ + milliseconds(1));
  EXPECT_DOUBLE_EQ(measurement_.cpu_us_per_message(milliseconds(3)).value_or(0), 3);
}

TEST_F(MeasurementTest, ASecondWithoutAnAcknowledgementIsTold) {
  measurement_.on_acknowledged(7, from_, from_ + milliseconds(1500));
  const std::vector<Second> timeline = measurement_.seconds();
  ASSERT_EQ(timeline.size(), 2U);
  EXPECT_EQ(timeline[0].acknowledged, 0U);
  EXPECT_EQ(timeline[1].acknowledged, 7U);
  EXPECT_EQ(timeline[1].max, milliseconds(1500));
}

}  // namespace
}  // namespace bellwether::bench
