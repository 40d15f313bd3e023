#include "storage/retention.hpp"

#include <gtest/gtest.h>

namespace bellwether::storage {
namespace {

constexpr LogPlace place{.position = 1'000, .time_ms = 50'000};

TEST(Retention, WithoutALimitKeepsAll) {
  EXPECT_TRUE(Retention().keeps_all());
  EXPECT_FALSE(Retention().may_drop_before(place, 1'000'000, 1'000'000));
}

TEST(Retention, OfBytesDropsWhatHasSoManyBehindIt) {
  const Retention retention{.bytes = 500, .age_ms = 0};
  EXPECT_FALSE(retention.may_drop_before(place, 1'499, 0));
  EXPECT_TRUE(retention.may_drop_before(place, 1'500, 0));
}

TEST(Retention, OfAgeDropsWhatIsOlder) {
  const Retention retention{.bytes = 0, .age_ms = 1'000};
  EXPECT_FALSE(retention.may_drop_before(place, 1'000'000, 51'000));
  EXPECT_TRUE(retention.may_drop_before(place, 1'000'000, 51'001));
}

TEST(Retention, OfAgeKeepsWhatIsOfTheFutureOrOfNoKnownTime) {
  const Retention retention{.bytes = 0, .age_ms = 1'000};
  EXPECT_FALSE(retention.may_drop_before(place, 1'000'000, 1'000));
  EXPECT_FALSE(retention.may_drop_before({.position = 1'000, .time_ms = 0}, 1'000'000, 1'000'000));
}

TEST(Retention, OfBothDropsWhatEitherLimitIsPassedFor) {
  const Retention retention{.bytes = 500, .age_ms = 1'000};
  EXPECT_TRUE(retention.may_drop_before(place, 1'500, 0));
  EXPECT_TRUE(retention.may_drop_before(place, 1'000, 60'000));
  EXPECT_FALSE(retention.may_drop_before(place, 1'000, 50'500));
}

}  // namespace
}  // namespace bellwether::storage
