#include "base/assert.hpp"

#include <gtest/gtest.h>

namespace bellwether {
namespace {

TEST(AssertDeathTest, AFailedAssertionNamesFileAndExpressionAndAborts) {
  EXPECT_EXIT(BELLWETHER_ASSERT(1 + 1 == 3), testing::KilledBySignal(SIGABRT),
              "assert_test.cpp.*assertion failed: 1 \\+ 1 == 3");
}

TEST(Assert, AConditionIsEvaluatedOnce) {
  int evaluations = 0;
  BELLWETHER_ASSERT(++evaluations == 1);
  EXPECT_EQ(evaluations, 1);
}

}  // namespace
}  // namespace bellwether
