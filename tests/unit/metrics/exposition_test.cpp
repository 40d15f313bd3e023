#include "metrics/exposition.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "metrics/process.hpp"

namespace bellwether::metrics {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Exposition, SaysOfEachNameWhatItIsAndItsValues) {
  Exposition exposition;
  exposition.counter("sent_total", "Sent.", 3);
  exposition.gauges("held", "Held.", {{{{"by", "a"}}, 1}, {{{"by", "b"}, {"as", "c"}}, 0.5}});
  EXPECT_EQ(exposition.text(),
            "# HELP sent_total Sent.\n# TYPE sent_total counter\nsent_total 3\n"
            "# HELP held Held.\n# TYPE held gauge\nheld{by=\"a\"} 1\nheld{by=\"b\",as=\"c\"} 0.5\n");
}

TEST(Exposition, KeepsEveryDigitOfALargeCount) {
  Exposition exposition;
  exposition.counter("sent_total", "Sent.", 123456789012.0);
  EXPECT_THAT(exposition.text(), HasSubstr("sent_total 123456789012\n"));
}

TEST(Histogram, CountsWhatIsAtMostEachBound) {
  Histogram histogram({1, 4});
  histogram.observe(1);
  histogram.observe(2, 3);
  histogram.observe(4.5, 2);
  Exposition exposition;
  exposition.histogram("took", "Took.", histogram);
  EXPECT_EQ(exposition.text(),
            "# HELP took Took.\n# TYPE took histogram\ntook_count 6\ntook_sum 16\n"
            "took_bucket{le=\"1\"} 1\ntook_bucket{le=\"4\"} 4\ntook_bucket{le=\"+Inf\"} 6\n");
}

TEST(Histogram, ObservedOnceOrSeveralTimesAtOnceIsTheSame) {
  Histogram one_by_one({1, 4});
  Histogram at_once({1, 4});
  for (const double value : {0.5, 1.0, 3.0, 4.0, 9.0}) {
    one_by_one.observe(value);
    one_by_one.observe(value);
    at_once.observe(value, 2);
  }
  const auto expected = one_by_one.collect().histogram;
  const auto found = at_once.collect().histogram;
  EXPECT_EQ(found.sample_sum, expected.sample_sum);
  ASSERT_EQ(found.bucket.size(), expected.bucket.size());
  for (std::size_t i = 0; i < expected.bucket.size(); ++i)
    EXPECT_EQ(found.bucket[i].cumulative_count, expected.bucket[i].cumulative_count) << i;
}

TEST(Histogram, BoundsGrowByTheirFactor) { EXPECT_THAT(exponential_bounds(1, 4, 3), ElementsAre(1, 4, 16)); }

TEST(Process, SaysItsMemoryAndTime) {
  Exposition exposition;
  add_process(exposition);
  const std::string text = exposition.text();
  for (const char* name :
       {"process_cpu_seconds_total ", "process_resident_memory_bytes ", "process_virtual_memory_bytes ",
        "process_threads ", "process_start_time_seconds "})
    EXPECT_THAT(text, HasSubstr(std::string("\n") + name));
}

}  // namespace
}  // namespace bellwether::metrics
