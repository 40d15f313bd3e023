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

std::string text_of(const std::vector<Bytes>& pieces) {
  std::string text;
  for (const Bytes& piece : pieces) text += piece.text();
  return text;
}

Group group_of(const std::string& bytes) {
  return {
      .producer = no_producer, .sequence = 0, .count = 1, .bytes = static_cast<std::uint32_t>(bytes.size())};
}

TEST(OpenBatch, KeepsTheOrderOfSmallAndLargeGroups) {
  OpenBatch batch;
  std::string all;
  for (const std::string& bytes :
       {std::string(10, 'a'), std::string(20, 'b'), std::string(5000, 'c'), std::string(6000, 'd'),
        std::string(30, 'e'), std::string(7000, 'f'), std::string(40, 'g')}) {
    batch.add(group_of(bytes), Bytes::copy_of(bytes));
    all += bytes;
  }
  const EntryPtr entry = batch.take(1, {.round = 2, .priority = 0, .id = NodeId{1}}, 0);
  EXPECT_TRUE(text_of(entry->encoded).ends_with(all));
  EXPECT_TRUE(parse_entry(1, Bytes::copy_of(text_of(entry->encoded))));
}

TEST(OpenBatch, PutsSmallGroupsTogetherInOnePiece) {
  OpenBatch batch;
  const std::string bytes(104, 'x');
  for (int i = 0; i < 100; ++i) batch.add(group_of(bytes), Bytes::copy_of(bytes));
  EXPECT_EQ(batch.take(1, {}, 0)->encoded.size(), 2U);  // the entry's head, and all messages
}

TEST(OpenBatch, DoesNotCopyALargeGroup) {
  OpenBatch batch;
  const Bytes large = Bytes::copy_of(std::string(5000, 'x'));
  batch.add(group_of(std::string(5000, 'x')), large);
  EXPECT_EQ(batch.take(1, {}, 0)->encoded.back().data(), large.data());
}

TEST(OpenBatch, HoldsNothingOfWhatWasDiscarded) {
  OpenBatch batch;
  const std::string bytes(104, 'x');
  batch.add(group_of(bytes), Bytes::copy_of(bytes));
  batch.discard();
  EXPECT_TRUE(batch.is_empty());
  batch.add(group_of(bytes), Bytes::copy_of(bytes));
  EXPECT_EQ(batch.take(1, {}, 0)->encoded.back().text(), bytes);
}

}  // namespace
}  // namespace bellwether::replication
