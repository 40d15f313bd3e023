#include "producer/statistics.hpp"

#include <gtest/gtest.h>

#include "producer/numbered_source.hpp"

namespace bellwether::producer {
namespace {

using std::chrono::milliseconds;

constexpr TimePoint start{};

client::Acknowledgement acknowledgement(std::uint32_t count, milliseconds latency) {
  client::Acknowledgement made;
  made.count = count;
  made.latency = latency;
  return made;
}

TEST(Statistics, TheSummaryCountsMessagesAndLeaderChanges) {
  Statistics statistics(start);
  statistics.on_leader();
  statistics.on_leader();
  statistics.on_acknowledged(acknowledgement(10, milliseconds(5)), start + milliseconds(100));
  EXPECT_EQ(statistics.summary_json(12, start + milliseconds(2000)),
            "{\"sent\":12,\"acknowledged\":10,\"seconds\":2.000,\"rate\":5.0,\"latency_ms\":{\"p50\":5.000,"
            "\"p99\":5.000,"
            "\"max\":5.000},\"leader_changes\":1,\"longest_gap_ms\":5.000}\n");
}

TEST(Statistics, AGapWithoutWaitingMessagesIsNone) {
  Statistics statistics(start);
  statistics.on_acknowledged(acknowledgement(1, milliseconds(3)), start + milliseconds(10));
  statistics.on_acknowledged(acknowledgement(1, milliseconds(4)), start + milliseconds(9000));
  EXPECT_NE(statistics.summary(2, start + milliseconds(9000)).find("acknowledgements 4.00 ms"),
            std::string::npos);
}

TEST(Statistics, AGapWhileMessagesWaitIsTheTimeBetweenAcknowledgements) {
  Statistics statistics(start);
  statistics.on_acknowledged(acknowledgement(1, milliseconds(3)), start + milliseconds(10));
  statistics.on_acknowledged(acknowledgement(1, milliseconds(700)), start + milliseconds(610));
  EXPECT_NE(statistics.summary(2, start + milliseconds(9000)).find("acknowledgements 600 ms"),
            std::string::npos);
}

TEST(NumberedMessage, IsFilledUpToItsSize) {
  EXPECT_EQ(numbered_message("message", 7, 0), "message 7");
  EXPECT_EQ(numbered_message("message", 7, 12), "message 7...");
  EXPECT_EQ(numbered_message("", 7, 0), "7");
}

}  // namespace
}  // namespace bellwether::producer
