#include "transport/backoff.hpp"

#include <gtest/gtest.h>

namespace bellwether::transport {
namespace {

using std::chrono::milliseconds;

TEST(Backoff, WaitsDoubleUpToTheMostAndStartAnewAfterAReset) {
  Backoff backoff(milliseconds(50), milliseconds(300));
  for (const int step : {50, 100, 200, 300, 300}) {
    const milliseconds wait = backoff.next();
    EXPECT_GE(wait, milliseconds(step / 2));
    EXPECT_LE(wait, milliseconds(step));
  }
  backoff.reset();
  EXPECT_LE(backoff.next(), milliseconds(50));
}

}  // namespace
}  // namespace bellwether::transport
