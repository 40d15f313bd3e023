#include "storage/segmented_log.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>

#include "samples.hpp"
#include "storage/batch_encoder.hpp"

namespace bellwether::storage {
namespace {

using namespace std::chrono_literals;
using replication::DecidedRecord;
using replication::Record;
using replication::TruncateRecord;
using test::append;
using test::batch;
using test::MemoryFolder;
using test::promise;
using test::summary;

class SegmentedLogTest : public testing::Test {
 protected:
  ~SegmentedLogTest() override { folder.release_syncs(); }

  RecordNumber write(std::vector<Record> records) {
    auto numbered = numbering.number(std::move(records));
    const RecordNumber last = numbered.back().number;
    log->store->write(std::move(numbered));
    return last;
  }

  void write_durably(std::vector<Record> records) {
    ASSERT_TRUE(listener.wait_for_durable(write(std::move(records))));
  }

  Result<std::vector<EntryPtr>> read(Index from, Index end, std::size_t bytes_max) {
    return test::read(*log->store, from, end, bytes_max);
  }

  // Where the first byte of this text is in the segment's file.
  std::size_t find(std::uint64_t segment, std::string_view text) {
    test::Image image = folder.written();
    const memory::Contents& bytes = test::segment(image, segment);
    return std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()).find(text);
  }

  void reopen() {
    log->store->close();
    log = test::open(folder, listener, segment_bytes);
    ASSERT_TRUE(log) << log.error().what;
  }

  MemoryFolder folder;
  test::Listener listener;
  test::Numbering numbering;
  static constexpr std::uint64_t segment_bytes = 1024 * 1024;
  Result<LogStore::Opened> log = test::open(folder, listener, segment_bytes);
};

TEST_F(SegmentedLogTest, WhatIsReportedDurableSurvivesAPowerCut) {
  write_durably({promise(2), append(1, {batch(1, "one")})});
  MemoryFolder after(folder.durable());
  const auto recovered = test::open(after);
  ASSERT_TRUE(recovered);
  EXPECT_EQ(recovered->state.promised().round, 2u);
  EXPECT_EQ(recovered->state.last(), 1u);
}

TEST_F(SegmentedLogTest, NothingIsReportedDurableBeforeItsSync) {
  folder.hold_syncs();
  const RecordNumber number = write({promise(2)});
  folder.wait_until_a_sync_is_held();
  EXPECT_EQ(listener.durable(), 0u);
  EXPECT_GT(log->store->unsynced_bytes(), 0u);
  folder.release_syncs();
  EXPECT_TRUE(listener.wait_for_durable(number));
  EXPECT_EQ(log->store->unsynced_bytes(), 0u);
}

TEST_F(SegmentedLogTest, WhatQueuesUpDuringASyncSharesTheNextOne) {
  folder.hold_syncs();
  write({promise(2)});
  folder.wait_until_a_sync_is_held();
  const int writes = folder.writes();
  const int syncs = folder.syncs();
  RecordNumber last = 0;
  for (Index index = 1; index <= 100; ++index) last = write({append(index, {batch(index, "message")})});
  folder.release_syncs();
  ASSERT_TRUE(listener.wait_for_durable(last));
  EXPECT_EQ(folder.syncs() - syncs, 2);
  EXPECT_EQ(folder.writes() - writes, 1);
}

TEST_F(SegmentedLogTest, DecidedHintsAloneAskForNoSync) {
  write_durably({append(1, {batch(1, "one")})});
  const int syncs = folder.syncs();
  write({DecidedRecord{1}});
  EXPECT_EQ(log->store->unsynced_bytes(), 0u);
  write_durably({promise(2)});
  EXPECT_EQ(folder.syncs(), syncs + 1);
  EXPECT_EQ(listener.durable(), 3u);
}

// A hint that was written without a sync may be lost in a power cut although what came behind it is there.
TEST_F(SegmentedLogTest, ADecidedHintThatWasNotSyncedMayBeTorn) {
  write_durably({append(1, {batch(1, "one")})});
  const int writes = folder.writes();
  write({DecidedRecord{1}});
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (folder.writes() == writes && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  folder.hold_syncs();
  write({promise(2)});
  folder.wait_until_a_sync_is_held();
  const std::size_t hint = find(1, "one") + 3;
  test::Image image = folder.written();
  test::segment(image, 1)[hint] ^= std::byte{1};
  MemoryFolder after(image);
  const auto recovered = test::open(after);
  ASSERT_TRUE(recovered) << recovered.error().what;
  EXPECT_EQ(recovered->state.last(), 1u);
}

TEST_F(SegmentedLogTest, ClosingMakesDecidedHintsDurableToo) {
  write({append(1, {batch(1, "one")})});
  const RecordNumber hint = write({DecidedRecord{1}});
  log->store->close();
  EXPECT_EQ(listener.durable(), hint);
  MemoryFolder after(folder.durable());
  EXPECT_EQ(test::open(after)->state.decided(), 1u);
}

TEST_F(SegmentedLogTest, GoesOnWhereItsFormerRunEnded) {
  write_durably({append(1, {batch(1, "one"), batch(2, "two")}), DecidedRecord{1}});
  reopen();
  write_durably({TruncateRecord{2}, append(2, {batch(2, "another two")})});
  reopen();
  EXPECT_EQ(log->state.last(), 2u);
  EXPECT_EQ(log->state.decided(), 1u);
  EXPECT_EQ(log->state.undecided().back()->sum, batch(2, "another two")->sum);
}

TEST_F(SegmentedLogTest, DamageOfTheLastRecordsIsToldFromAnUnfinishedWriteOnceTheLogWasIdle) {
  const int writes = folder.writes();
  write_durably({promise(2)});
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (folder.writes() < writes + 2 && std::chrono::steady_clock::now() < deadline)
    std::this_thread::yield();
  test::Image image = folder.written();
  test::segment(image, 1)[segment_header_bytes + record_header_bytes] ^= std::byte{1};
  MemoryFolder rotten(image);
  EXPECT_FALSE(test::open(rotten));
}

TEST_F(SegmentedLogTest, AnIdleLogGrowsByNoMarkAtEachStart) {
  write_durably({promise(2)});
  reopen();
  const auto records = log->report.records;
  reopen();
  EXPECT_EQ(log->report.records, records);
}

TEST_F(SegmentedLogTest, GivesEntriesBackUpToTheLimitAndAtLeastOne) {
  write_durably({append(1, {batch(1, "one"), batch(2, "two"), batch(3, "three")})});
  EXPECT_EQ(read(1, 4, 1'000'000)->size(), 3u);
  EXPECT_EQ(read(1, 3, 1'000'000)->size(), 2u);
  EXPECT_EQ(read(1, 4, batch(1, "one")->encoded_bytes + batch(2, "two")->encoded_bytes)->size(), 2u);
  const auto one = read(2, 4, 1);
  ASSERT_EQ(one->size(), 1u);
  EXPECT_EQ(one->front()->sum, batch(2, "two")->sum);
}

TEST_F(SegmentedLogTest, ReadsEntriesOfTheFormerRunAndOnesThatReplacedTruncatedOnes) {
  write_durably({append(1, {batch(1, "one"), batch(2, std::string(100'000, 'x'))}), promise(3)});
  reopen();
  write_durably({TruncateRecord{2}, append(2, {batch(2, "short")})});
  const auto entries = read(1, 3, 1'000'000);
  ASSERT_TRUE(entries) << entries.error().what;
  ASSERT_EQ(entries->size(), 2u);
  EXPECT_EQ(entries->at(0)->sum, batch(1, "one")->sum);
  EXPECT_EQ(entries->at(1)->sum, batch(2, "short")->sum);
}

TEST_F(SegmentedLogTest, ReadsWhileASyncHangs) {
  write_durably({append(1, {batch(1, "one")})});
  folder.hold_syncs();
  write({promise(2)});
  folder.wait_until_a_sync_is_held();
  EXPECT_TRUE(read(1, 2, 1000));
}

TEST_F(SegmentedLogTest, AnEntryThatRottedSinceIsAnErrorOfThatReadAlone) {
  write_durably({append(1, {batch(1, "one"), batch(2, "two")})});
  const auto files = folder.folder();
  const auto disk = files->open(segment_name(1));
  const std::byte wrong{0xff};
  const Piece piece(&wrong, 1);
  ASSERT_TRUE((*disk)->write(find(1, "two"), {&piece, 1}));
  EXPECT_EQ(read(1, 3, 1000)->size(), 1u);
  const auto damaged = read(2, 3, 1000);
  ASSERT_FALSE(damaged);
  EXPECT_NE(damaged.error().what.find("entry 2 cannot be read back from 00000000000000000001.segment"),
            std::string::npos)
      << damaged.error().what;
  EXPECT_TRUE(read(1, 2, 1000));
}

TEST_F(SegmentedLogTest, AFailedSyncIsReportedOnceAndNothingIsDurableAfterIt) {
  write_durably({promise(2)});
  folder.fail_syncs(std::errc::io_error);
  write({promise(3)});
  ASSERT_TRUE(listener.wait_for_failure());
  const int syncs = folder.syncs();
  write({promise(4)});
  log->store->close();
  EXPECT_EQ(listener.durable(), 1u);
  EXPECT_EQ(listener.failures(), 1);
  EXPECT_EQ(folder.syncs(), syncs) << "a failed sync was repeated";
}

TEST_F(SegmentedLogTest, AFailedWriteIsFinalToo) {
  folder.fail_writes(std::errc::io_error);
  write({promise(2)});
  ASSERT_TRUE(listener.wait_for_failure());
  write({promise(3)});
  log->store->close();
  EXPECT_EQ(listener.durable(), 0u);
  EXPECT_EQ(listener.failures(), 1);
}

TEST_F(SegmentedLogTest, AFullDiskIsAFailureWhenTheNextSegmentIsNeeded) {
  folder.fail_reserves(std::errc::no_space_on_device);
  write_durably({append(1, {batch(1, std::string(600'000, 'x'))})});
  EXPECT_EQ(listener.failures(), 0);
  write({append(2, {batch(2, std::string(600'000, 'x'))})});
  EXPECT_TRUE(listener.wait_for_failure());
  EXPECT_TRUE(listener.failure().starts_with("no room for the next segment")) << listener.failure();
}

TEST_F(SegmentedLogTest, AFullDiskIsToldAtOnceKeepsNoRoomAndDoesNoHarmIfItPasses) {
  folder.fail_reserves(std::errc::no_space_on_device);
  write_durably({append(1, {batch(1, std::string(600'000, 'x'))})});
  ASSERT_TRUE(listener.wait_for_room_missing());
  EXPECT_TRUE(listener.room_missing().starts_with("no room for the next segment")) << listener.room_missing();
  EXPECT_FALSE(folder.written().contains(segment_name(2) + std::string(staging_suffix)));
  folder.fail_reserves({});
  for (Index index = 2; index <= 4; ++index)
    write_durably({append(index, {batch(index, std::string(600'000, 'x'))})});
  EXPECT_EQ(listener.failures(), 0);
  reopen();
  EXPECT_EQ(log->state.last(), 4u);
}

TEST_F(SegmentedLogTest, ADiskThatFailedToMakeTheNextSegmentIsNotTriedAgain) {
  folder.fail_reserves(std::errc::io_error);
  write_durably({append(1, {batch(1, std::string(600'000, 'x'))})});
  ASSERT_TRUE(listener.wait_for_side_failure());
  folder.fail_reserves({});
  write({append(2, {batch(2, std::string(600'000, 'x'))})});
  EXPECT_TRUE(listener.wait_for_failure());
}

TEST_F(SegmentedLogTest, ASlowSyncIsReported) {
  folder.hold_syncs();
  write({promise(2)});
  folder.wait_until_a_sync_is_held();
  std::this_thread::sleep_for(LogStore::slow_sync + 50ms);  // the disk's, not the test's
  folder.release_syncs();
  EXPECT_TRUE(listener.wait_for_slow_sync());
}

}  // namespace
}  // namespace bellwether::storage
