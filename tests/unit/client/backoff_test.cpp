#include "client/backoff.hpp"

#include <gtest/gtest.h>

#include <set>

namespace bellwether::client {
namespace {

using std::chrono::milliseconds;

constexpr Backoff::Range range{milliseconds(20), milliseconds(1000)};

TEST(Backoff, AWaitIsNeverLongerThanTheDoublingCeiling) {
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    Backoff backoff(range, seed);
    milliseconds ceiling = range.first;
    for (int attempt = 0; attempt < 10; ++attempt) {
      const milliseconds wait = backoff.next();
      EXPECT_GE(wait, milliseconds(0));
      EXPECT_LE(wait, ceiling);
      ceiling = std::min(2 * ceiling, range.longest);
    }
  }
}

TEST(Backoff, ClientsThatFailedTogetherDoNotComeBackTogether) {
  std::set<milliseconds> waits;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Backoff backoff(range, seed);
    for (int attempt = 0; attempt < 6; ++attempt) backoff.next();
    waits.insert(backoff.next());
  }
  EXPECT_GT(waits.size(), 80u);
}

TEST(Backoff, TheSameSeedGivesTheSameWaits) {
  Backoff one(range, 7);
  Backoff other(range, 7);
  for (int attempt = 0; attempt < 10; ++attempt) EXPECT_EQ(one.next(), other.next());
}

TEST(Backoff, AfterAResetTheWaitsAreShortAgain) {
  Backoff backoff(range, 1);
  for (int attempt = 0; attempt < 10; ++attempt) backoff.next();
  backoff.reset();
  EXPECT_LE(backoff.next(), range.first);
}

}  // namespace
}  // namespace bellwether::client
