#include "report.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace bellwether::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class ReportTest : public testing::Test {
 protected:
  ReportTest() {
    options_.load.duration = seconds(2);
    measurement_.on_acknowledged(4000, TimePoint(), TimePoint() + milliseconds(4));
  }
  nlohmann::json told() const { return nlohmann::json::parse(json(report_)); }

  Options options_;
  Measurement measurement_{TimePoint(), seconds(2)};
  Report report_{options_, measurement_, {milliseconds(12), milliseconds(8)}, 0, 0};
};

TEST_F(ReportTest, JsonHasTheFiguresInTheUnitsOfTheirNames) {
  const auto result = told();
  EXPECT_EQ(result["format"], 1);
  EXPECT_EQ(result["acknowledged"], 4000);
  EXPECT_DOUBLE_EQ(result["messages_per_s"], 2000);
  EXPECT_DOUBLE_EQ(result["mb_per_s"], 0.2);
  EXPECT_DOUBLE_EQ(result["latency_us"]["max"], 4000);
  EXPECT_DOUBLE_EQ(result["server_cpu_s"], 0.012);
  EXPECT_DOUBLE_EQ(result["server_cpu_us_per_message"], 3);
  EXPECT_DOUBLE_EQ(result["client_cpu_s"], 0.008);
  EXPECT_EQ(result["timeline"].size(), 2U);
}

TEST_F(ReportTest, JsonIsOneLine) {
  const std::string text = json(report_);
  EXPECT_EQ(text.find('\n'), text.size() - 1);
}

TEST_F(ReportTest, WhatIsNotKnownIsNull) {
  report_.cpu.servers.reset();
  const auto result = told();
  EXPECT_TRUE(result["server_cpu_s"].is_null());
  EXPECT_TRUE(result["server_cpu_us_per_message"].is_null());
  EXPECT_TRUE(result["cluster"].is_null());
  EXPECT_TRUE(result["load"]["rate"].is_null());
}

TEST_F(ReportTest, SummarySaysTheLoopThatItWas) {
  EXPECT_NE(summary(report_).find("1 append under way"), std::string::npos);
  options_.load.rate = 500;
  EXPECT_NE(summary(report_).find("500 messages/s arriving"), std::string::npos);
}

}  // namespace
}  // namespace bellwether::bench
