#include "node/entry_cache.hpp"

#include <gtest/gtest.h>

#include "entries.hpp"

namespace bellwether::node {
namespace {

using replication::AppendRecord;
using replication::TruncateRecord;
using test::batch;

EntryPtr large(Index index) { return batch(index, {{std::string(1000, 'x')}}); }

TEST(EntryCache, StartsBehindWhatIsDurable) {
  const EntryCache cache(7);
  EXPECT_EQ(cache.first(), 8u);
  EXPECT_EQ(cache.end(), 8u);
  EXPECT_FALSE(cache.has(7));
}

TEST(EntryCache, KeepsWhatIsNotDurableBeyondItsBound) {
  EntryCache cache(0, 1500);
  cache.on_record(AppendRecord{1, {large(1), large(2), large(3)}});
  EXPECT_TRUE(cache.has(1));
  EXPECT_GT(cache.bytes(), 1500u);
}

TEST(EntryCache, LetsTheOldestDurableEntriesGo) {
  EntryCache cache(0, 1500);
  cache.on_record(AppendRecord{1, {large(1), large(2), large(3)}});
  cache.on_durable(1);
  EXPECT_EQ(cache.first(), 2u) << "entry 2 is not durable yet";
  cache.on_durable(3);
  EXPECT_EQ(cache.first(), 3u);
  EXPECT_LE(cache.bytes(), 1500u);
}

TEST(EntryCache, TruncationReplacesTheEnd) {
  EntryCache cache(0);
  cache.on_record(AppendRecord{1, {large(1), large(2), large(3)}});
  cache.on_record(TruncateRecord{2});
  const auto replacement = batch(2, {{"other"}});
  cache.on_record(AppendRecord{2, {replacement}});
  EXPECT_EQ(cache.end(), 3u);
  EXPECT_EQ(cache.at(2), replacement);
}

TEST(EntryCache, ASnapshotInThePlaceOfTheLogEmptiesIt) {
  EntryCache cache(0);
  cache.on_record(AppendRecord{1, {large(1), large(2)}});
  cache.on_decided(1, 0);
  cache.on_record(replication::InstallRecord{std::make_shared<const replication::Snapshot>(
      replication::Snapshot{.index = 50, .ballot = {}, .state = {}})});
  EXPECT_EQ(cache.first(), 51u);
  EXPECT_EQ(cache.end(), 51u);
  EXPECT_EQ(cache.bytes(), 0u);
  EXPECT_FALSE(cache.bringing(0));
  cache.on_record(AppendRecord{51, {large(51)}});
  cache.on_decided(51, 70);
  EXPECT_EQ(cache.bringing(70), std::pair(Index{51}, Offset{70}));
}

TEST(EntryCache, TruncationBelowItsFirstEntryEmptiesIt) {
  EntryCache cache(5);
  cache.on_record(AppendRecord{6, {large(6)}});
  cache.on_record(TruncateRecord{4});
  EXPECT_EQ(cache.first(), 4u);
  EXPECT_EQ(cache.end(), 4u);
  EXPECT_EQ(cache.bytes(), 0u);
}

TEST(EntryCache, WhatIsRewrittenIsNotDurableAnyMore) {
  EntryCache cache(0, 1500);
  cache.on_record(AppendRecord{1, {large(1)}});
  cache.on_durable(1);
  cache.on_record(TruncateRecord{1});
  cache.on_record(AppendRecord{1, {large(1), large(2)}});
  EXPECT_EQ(cache.first(), 1u);
}

TEST(EntryCache, CopiesAsManyAsFitAndAtLeastOne) {
  EntryCache cache(0);
  cache.on_record(AppendRecord{1, {large(1), large(2), large(3)}});
  EXPECT_EQ(cache.copy(1, 4, 1).size(), 1u);
  EXPECT_EQ(cache.copy(1, 4, 2500).size(), 2u);
  EXPECT_EQ(cache.copy(2, 4, 1'000'000).size(), 2u);
}

TEST(EntryCache, KnowsWhichDecidedMessagesItHolds) {
  EntryCache cache(3);
  cache.on_record(AppendRecord{4, {large(4), test::noop(5), batch(6, {{"a", "b"}})}});
  EXPECT_FALSE(cache.bringing(7)) << "not decided yet";
  cache.on_decided(4, 7);
  cache.on_decided(5, 8);
  cache.on_decided(6, 8);
  EXPECT_FALSE(cache.bringing(6)) << "older than what is here";
  EXPECT_EQ(cache.bringing(7), std::pair(Index{4}, Offset{7}));
  EXPECT_EQ(cache.bringing(9), std::pair(Index{6}, Offset{8}));
  EXPECT_EQ(cache.offset_of(5), Offset{8});
  EXPECT_FALSE(cache.offset_of(7));
}

TEST(EntryCache, ForgetsTheOffsetsOfWhatItLetGo) {
  EntryCache cache(0, 1500);
  cache.on_record(AppendRecord{1, {large(1), large(2), large(3)}});
  for (Index index = 1; index <= 3; ++index) cache.on_decided(index, index - 1);
  cache.on_durable(3);
  EXPECT_FALSE(cache.bringing(1));
  EXPECT_EQ(cache.bringing(2), std::pair(Index{3}, Offset{2}));
  EXPECT_FALSE(cache.offset_of(2));
}

TEST(EntryCache, WhatWasDecidedWithoutItIsNotTakenForItsOwn) {
  EntryCache cache(3);
  cache.on_decided(2, 0);
  cache.on_decided(3, 1);
  EXPECT_FALSE(cache.bringing(1));
}

}  // namespace
}  // namespace bellwether::node
