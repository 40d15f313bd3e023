#include "replication/open_batch.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace bellwether::replication {
namespace {

// The leader closes a batch before its entry would be over the limit, so not a byte may be left out of the sum.
TEST(OpenBatch, HasTheBytesOfItsEntry) {
  OpenBatch batch;
  for (const std::size_t size : {5U, 100U, 70'000U}) {
    const Group group{
        .producer = no_producer, .sequence = 0, .count = 1, .bytes = static_cast<std::uint32_t>(size)};
    const std::size_t expected = batch.bytes_with(size);
    batch.add(group, Bytes::copy_of(std::string(size, 'x')));
    EXPECT_EQ(batch.bytes(), expected);
  }
  const std::size_t expected = batch.bytes();
  EXPECT_EQ(batch.take(1, {.round = 2, .priority = 0, .id = NodeId{1}}, 0)->encoded_bytes, expected);
  EXPECT_TRUE(batch.is_empty());
}

}  // namespace
}  // namespace bellwether::replication
