#include "storage/entry_index.hpp"

#include <gtest/gtest.h>

namespace bellwether::storage {
namespace {

// 1: no message, 2: messages 0 to 2, 3: none, 4: messages 3 and 4
EntryIndex sample() {
  EntryIndex index;
  index.append(100, 10, 0);
  index.append(200, 20, 3);
  index.append(300, 30, 0);
  index.append(400, 40, 2);
  return index;
}

TEST(EntryIndex, TellsWhereAnEntryIs) {
  const EntryIndex index = sample();
  EXPECT_EQ(index.last(), 4u);
  EXPECT_EQ(index.at(2).position, 200u);
  EXPECT_EQ(index.at(2).bytes, 20u);
}

TEST(EntryIndex, AnEntryWithoutMessagesHasTheOffsetOfTheNextMessage) {
  const EntryIndex index = sample();
  EXPECT_EQ(index.at(1).offset, 0u);
  EXPECT_EQ(index.at(3).offset, 3u);
  EXPECT_EQ(index.next_offset(), 5u);
}

TEST(EntryIndex, FindsTheEntryThatBringsAMessage) {
  const EntryIndex index = sample();
  EXPECT_EQ(index.index_of(0), 2u);
  EXPECT_EQ(index.index_of(2), 2u);
  EXPECT_EQ(index.index_of(3), 4u);
  EXPECT_EQ(index.index_of(4), 4u);
}

TEST(EntryIndex, NeverNamesAnEntryWithoutMessagesAtTheEnd) {
  EntryIndex index = sample();
  index.append(500, 50, 0);
  EXPECT_EQ(index.index_of(4), 4u);
}

TEST(EntryIndex, TruncationTakesTheOffsetsBack) {
  EntryIndex index = sample();
  index.truncate(2);
  EXPECT_EQ(index.last(), 1u);
  EXPECT_EQ(index.next_offset(), 0u);
  index.append(600, 60, 1);
  EXPECT_EQ(index.index_of(0), 2u);
  EXPECT_EQ(index.at(2).position, 600u);
}

TEST(EntryIndex, TruncationBehindTheEndChangesNothing) {
  EntryIndex index = sample();
  index.truncate(5);
  EXPECT_EQ(index.last(), 4u);
}

}  // namespace
}  // namespace bellwether::storage
