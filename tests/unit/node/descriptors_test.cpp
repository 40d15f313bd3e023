#include "node/descriptors.hpp"

#include <gtest/gtest.h>

namespace bellwether::node {
namespace {

TEST(Descriptors, LeaveSomeForFilesWhateverIsConnected) {
  EXPECT_EQ(connections_within(1'048'576, 10'000), 10'000u);
  EXPECT_EQ(connections_within(10'512, 10'000), 10'000u);
  EXPECT_EQ(connections_within(4'096, 10'000), 3'584u);
  EXPECT_EQ(connections_within(1'024, 10'000), 512u);
  EXPECT_EQ(connections_within(200, 10'000), 100u);
}

}  // namespace
}  // namespace bellwether::node
