// A log whose front is dropped: what is left on the disk, what a start makes of it, what is read.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <string>
#include <thread>

#include "samples.hpp"
#include "storage/index_file.hpp"

namespace bellwether::storage {
namespace {

using replication::CompactRecord;
using replication::DecidedRecord;
using replication::InstallRecord;
using replication::Record;
using replication::SnapshotPtr;
using test::append;
using test::batch;
using test::Image;
using test::MemoryFolder;
using test::summary;

constexpr Index entries_count = 60;

std::string text(Index index) { return std::string(700, static_cast<char>('a' + index % 26)); }

std::uint64_t oldest_segment(const Image& image) {
  for (const auto& [name, contents] : image) {
    if (const auto number = segment_number(name)) return *number;
  }
  return 0;
}

std::vector<Index> checkpoints(const Image& image) {
  MemoryFolder memory(image);
  return *list_checkpoints(*memory.folder());
}

// Some fifteen segments, in memory.
class BaseTest : public testing::Test {
 protected:
  void begin(Retention retention = {}) {
    log.reset();
    auto opened = SegmentedLog::open(folder.folder(),
                                     {.segment_bytes = test::small_segment_bytes, .retention = retention},
                                     listener.events(), {});
    ASSERT_TRUE(opened) << opened.error().what;
    log = std::move(opened->store);
  }

  void write(const std::vector<Record>& records) {
    for (const Record& record : records) {
      const auto replayed = state.replay(record);
      ASSERT_TRUE(replayed) << replayed.error().what;
    }
    auto numbered = numbering.number(records);
    const RecordNumber last = numbered.back().number;
    log->write(std::move(numbered));
    ASSERT_TRUE(listener.wait_for_durable(last));
    if (state.decided() >= log->checkpoint_due()) log->write_checkpoint(test::checkpoint_of(state));
    if (state.decided() == 20) at_20 = test::snapshot_of(state);
  }

  void write_entries(Index from, Index upto) {
    for (Index index = from; index <= upto; ++index) {
      ASSERT_NO_FATAL_FAILURE(write({append(index, {batch(index, text(index))}), DecidedRecord{index}}));
    }
  }

  // The housekeeper takes its time.
  void wait_until_removed() {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    const auto files = folder.folder();
    for (;;) {
      const auto left = list_segments(*files);
      if (left && (*left)[1].opening->last > index_of(state.base())) return;
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
      std::this_thread::yield();
    }
  }

  // A log that has dropped its entries up to 20, and cannot read any more what stands for them.
  Image with_an_unreadable_base() {
    begin();
    write_entries(1, entries_count);
    write({CompactRecord{at_20}});
    Image image = close();
    image.at(checkpoint_name(20))[80] ^= std::byte{1};
    return image;
  }

  // As after a clean stop.
  Image close() {
    log->close();
    log.reset();
    return folder.written();
  }

  void expect_found(const Image& image) {
    const auto reading = test::read(image);
    ASSERT_TRUE(reading) << reading.error().what;
    EXPECT_EQ(summary(reading->state), summary(state));
    EXPECT_EQ(reading->map->base().index, index_of(state.base()));
  }

  MemoryFolder folder;
  test::Listener listener;
  test::Numbering numbering;
  replication::StableState state;
  SnapshotPtr at_20;
  std::unique_ptr<LogStore> log;
};

SnapshotPtr snapshot_at(Index upto) {
  replication::StableState other;
  for (Index index = 1; index <= upto; ++index)
    EXPECT_TRUE(other.replay(append(index, {batch(index, text(index))})));
  EXPECT_TRUE(other.replay(DecidedRecord{upto}));
  return test::snapshot_of(other);
}

// The opening of the segment says nothing of either, and the first one's state is gone.
TEST_F(BaseTest, OfTwoThatWereInstalledInOneSegmentAStartNeedsTheSecondAlone) {
  ASSERT_NO_FATAL_FAILURE(begin());
  ASSERT_NO_FATAL_FAILURE(write({InstallRecord{snapshot_at(20)}}));
  ASSERT_NO_FATAL_FAILURE(write({InstallRecord{snapshot_at(30)}}));
  log->close();
  EXPECT_EQ(checkpoints(folder.written()), std::vector<Index>{30});
  const auto again = test::read(folder.written());
  ASSERT_TRUE(again) << again.error().what;
  EXPECT_EQ(again->state.last(), 30u);
}

TEST_F(BaseTest, SegmentsThatHoldNothingBehindItAreRemoved) {
  begin();
  write_entries(1, entries_count);
  const auto segments = test::segments_in(folder.written());
  write({CompactRecord{at_20}});
  wait_until_removed();
  const Image image = close();
  EXPECT_GE(segments - test::segments_in(image), 4u);
  MemoryFolder memory(image);
  const auto left = list_segments(*memory.folder());
  ASSERT_TRUE(left);
  ASSERT_TRUE((*left)[1].opening);
  EXPECT_LE(left->front().opening->last, 20u);
  EXPECT_GT((*left)[1].opening->last, 20u) << "it could have gone, too";
  for (const auto& [name, contents] : image) {
    const auto of_index = segment_number_of_index(name);
    EXPECT_FALSE(of_index && *of_index < left->front().header.number) << name;
  }
  expect_found(image);
}

TEST_F(BaseTest, NothingIsRemovedBeforeTheRecordIsDurable) {
  begin();
  write_entries(1, entries_count);
  const auto before = oldest_segment(folder.written());
  folder.hold_syncs();
  log->write(numbering.number({CompactRecord{at_20}}));
  folder.wait_until_a_sync_is_held();
  EXPECT_EQ(oldest_segment(folder.written()), before);
  folder.release_syncs();
  ASSERT_TRUE(state.replay(CompactRecord{at_20}));
  wait_until_removed();
  EXPECT_GT(oldest_segment(folder.written()), before);
}

TEST_F(BaseTest, WhatIsDroppedIsAnErrorOfItsOwn) {
  begin();
  write_entries(1, entries_count);
  write({CompactRecord{at_20}});
  for (const Index index : {Index{1}, Index{20}}) {
    const auto entries = test::read(*log, index, entries_count + 1);
    ASSERT_FALSE(entries);
    EXPECT_EQ(entries.error().code, LogError::dropped) << entries.error().what;
    const auto messages = test::read_messages(*log, index - 1, entries_count + 1);
    ASSERT_FALSE(messages);
    EXPECT_EQ(messages.error().code, LogError::dropped) << messages.error().what;
  }
  const auto never_there = test::read(*log, entries_count + 1, entries_count + 2);
  ASSERT_FALSE(never_there);
  EXPECT_NE(never_there.error().code, LogError::dropped);
  const auto entries = test::read(*log, 21, entries_count + 1);
  ASSERT_TRUE(entries) << entries.error().what;
  EXPECT_EQ(entries->front()->sum, batch(21, text(21))->sum);
  const auto messages = test::read_messages(*log, 20, entries_count + 1);
  ASSERT_TRUE(messages) << messages.error().what;
  EXPECT_EQ(messages->first, 21u);
  EXPECT_EQ(log->base().next_offset, 20u);
}

TEST_F(BaseTest, AReaderThatHasTheFilesOpenLetsThemGo) {
  begin();
  write_entries(1, entries_count);
  ASSERT_TRUE(test::read(*log, 1, 2));
  write({CompactRecord{at_20}});
  const auto dropped = test::read(*log, 2, 3);
  ASSERT_FALSE(dropped);
  EXPECT_EQ(dropped.error().code, LogError::dropped);
}

TEST_F(BaseTest, ALogThatGoesOnBehindItIsReadAsItIs) {
  begin();
  write_entries(1, entries_count);
  write({CompactRecord{at_20}});
  write_entries(entries_count + 1, entries_count + 20);
  expect_found(close());
  begin();
  for (Index index = 21; index <= entries_count + 20; ++index) {
    const auto entries = test::read(*log, index, index + 1);
    ASSERT_TRUE(entries) << entries.error().what;
    EXPECT_EQ(entries->front()->sum, batch(index, text(index))->sum);
  }
}

// The power went off before the removal, or a part of it, was on the disk.
TEST_F(BaseTest, SegmentsThatAreStillThereAreAcceptedAndRemovedByTheStart) {
  begin();
  write_entries(1, entries_count);
  const Image before = folder.written();
  write({CompactRecord{at_20}});
  wait_until_removed();
  const Image image = close();
  const auto oldest = oldest_segment(image);
  for (std::uint64_t there = 1; there < oldest; ++there) {
    Image more = image;
    more[segment_name(there)] = before.at(segment_name(there));  // with a gap behind it but for the last
    MemoryFolder again(more);
    const auto opened = test::open(again);
    ASSERT_TRUE(opened) << opened.error().what;
    EXPECT_EQ(summary(opened->state), summary(state));
    opened->store->close();
    EXPECT_EQ(oldest_segment(again.written()), oldest);
  }
}

TEST_F(BaseTest, AMissingSegmentBehindItIsDamage) {
  begin();
  write_entries(1, entries_count);
  write({CompactRecord{at_20}});
  wait_until_removed();
  const Image image = close();
  const auto oldest = oldest_segment(image);
  for (std::uint64_t number = oldest; number < oldest + 4; ++number) {
    Image broken = image;
    broken.erase(segment_name(number));
    const auto reading = test::read(broken);
    ASSERT_FALSE(reading) << number;
    EXPECT_NE(reading.error().what.find(segment_name(number) + " is missing"), std::string::npos)
        << reading.error().what;
  }
}

TEST_F(BaseTest, ItsOwnCheckpointIsKept) {
  begin();
  write_entries(1, entries_count);
  write({CompactRecord{at_20}});
  write_entries(entries_count + 1, entries_count + 40);
  const auto all = checkpoints(close());
  EXPECT_EQ(all.back(), 20u);
  EXPECT_EQ(all.size(), 3u);
}

TEST_F(BaseTest, WithoutItsCheckpointTheNextOneTakesItsPlace) {
  const Image image = with_an_unreadable_base();
  const Index next = checkpoints(image).front();
  MemoryFolder broken(image);
  for (int start = 0; start < 3; ++start) {
    test::Listener heard;
    const auto opened = test::open(broken, heard);
    ASSERT_TRUE(opened) << start << ": " << opened.error().what;
    EXPECT_EQ(opened->report.base, next);
    EXPECT_EQ(opened->state.last(), entries_count + static_cast<Index>(start) * 8);
    std::vector<EntryPtr> more;  // into the next segment, whose opening says what the base is then
    for (Index index = 1; index <= 8; ++index)
      more.push_back(batch(opened->state.last() + index, text(index)));
    opened->store->write(test::Numbering().number({append(opened->state.last() + 1, more)}));
    ASSERT_TRUE(heard.wait_for_durable(1));
    opened->store->close();
  }
}

// What is dropped and written from then on relies on it.
TEST_F(BaseTest, TheNextOneTakesItsPlaceInTheLogBeforeAnythingElseHappens) {
  const Image image = with_an_unreadable_base();
  const Index next = checkpoints(image).front();
  MemoryFolder broken(image);
  for (int start = 0; start < 3; ++start) {
    test::Listener heard;
    const auto opened = test::open(broken, heard);
    ASSERT_TRUE(opened) << start << ": " << opened.error().what;
    EXPECT_EQ(opened->report.base, next);
    opened->store->write_checkpoint(test::checkpoint_of(opened->state));
    opened->store->close();
  }
}

TEST_F(BaseTest, WithoutAnyCheckpointAtOrBehindItTheLogIsRefused) {
  begin();
  write_entries(1, entries_count);
  write({CompactRecord{at_20}});
  wait_until_removed();
  Image image = close();
  for (const Index index : checkpoints(image)) image.at(checkpoint_name(index))[80] ^= std::byte{1};
  const auto reading = test::read(image);
  ASSERT_FALSE(reading);
  EXPECT_NE(reading.error().what.find("no checkpoint that could stand for"), std::string::npos)
      << reading.error().what;
}

// ---- a snapshot in the place of the log
TEST_F(BaseTest, ASnapshotIsAllOfAnEmptyLog) {
  replication::StableState leader;
  for (Index index = 1; index <= 500; ++index)
    ASSERT_TRUE(leader.replay(append(index, {batch(index, text(index))})));
  ASSERT_TRUE(leader.replay(DecidedRecord{500}));
  begin();
  write({test::promise(2), InstallRecord{test::snapshot_of(leader)}});
  expect_found(folder.durable());
  write_entries(501, 520);
  const Image image = close();
  expect_found(image);
  begin();
  ASSERT_TRUE(test::read(*log, 501, 521));
  const auto messages = test::read_messages(*log, 505, 521);
  ASSERT_TRUE(messages) << messages.error().what;
  EXPECT_EQ(messages->first, 506u);
  const auto dropped = test::read_messages(*log, 499, 521);
  ASSERT_FALSE(dropped);
  EXPECT_EQ(dropped.error().code, LogError::dropped);
}

TEST_F(BaseTest, ASnapshotThatNoRecordNamesStandsForNothing) {
  replication::StableState leader;
  for (Index index = 1; index <= 500; ++index)
    ASSERT_TRUE(leader.replay(append(index, {batch(index, text(index))})));
  ASSERT_TRUE(leader.replay(DecidedRecord{500}));
  for (const Index there : {Index{0}, Index{10}}) {
    MemoryFolder memory;
    test::Listener heard;
    {
      const auto opened = test::open(memory, heard);
      ASSERT_TRUE(opened);
      std::vector<EntryPtr> entries;
      for (Index index = 1; index <= there; ++index) entries.push_back(batch(index, text(index)));
      if (there > 0) {
        opened->store->write(test::Numbering().number({append(1, entries)}));
        ASSERT_TRUE(heard.wait_for_durable(1));
      }
    }
    const auto files = memory.folder();
    const auto segments = list_segments(*files);
    ASSERT_TRUE(segments);
    ASSERT_TRUE(
        write_checkpoint(*files, segments->front().header.log, BaseCheckpoint{test::snapshot_of(leader)}));
    const auto reading = test::read(memory.written());
    ASSERT_TRUE(reading) << reading.error().what;
    EXPECT_EQ(reading->state.last(), there);
    EXPECT_EQ(reading->state.base(), nullptr);
  }
}

TEST_F(BaseTest, ASnapshotThatItsRecordNamesAndThatIsGoneIsRefused) {
  replication::StableState leader;
  for (Index index = 1; index <= 500; ++index)
    ASSERT_TRUE(leader.replay(append(index, {batch(index, text(index))})));
  ASSERT_TRUE(leader.replay(DecidedRecord{500}));
  begin();
  write({test::promise(2), InstallRecord{test::snapshot_of(leader)}});
  Image image = close();
  image.erase(checkpoint_name(500));
  const auto reading = test::read(image);
  ASSERT_FALSE(reading);
  EXPECT_NE(reading.error().what.find(checkpoint_name(500)), std::string::npos) << reading.error().what;
}

TEST_F(BaseTest, ASegmentWithASnapshotInItIsIndexedAnew) {
  replication::StableState leader;
  for (Index index = 1; index <= 30; ++index)
    ASSERT_TRUE(leader.replay(append(index, {batch(index, text(index))})));
  ASSERT_TRUE(leader.replay(DecidedRecord{30}));
  begin();
  write({append(1, {batch(1, text(1)), batch(2, text(2))}), InstallRecord{test::snapshot_of(leader)}});
  write_entries(31, 45);
  Image image = close();
  std::erase_if(image, [](const auto& file) { return segment_number_of_index(file.first).has_value(); });
  MemoryFolder memory(image);
  const auto opened = test::open(memory);
  ASSERT_TRUE(opened) << opened.error().what;
  for (Index index = 31; index <= 45; ++index) {
    const auto entries = test::read(*opened->store, index, index + 1);
    ASSERT_TRUE(entries) << entries.error().what;
    EXPECT_EQ(entries->front()->sum, batch(index, text(index))->sum);
    const auto messages = test::read_messages(*opened->store, index - 1, 46);
    ASSERT_TRUE(messages) << messages.error().what;
    EXPECT_EQ(messages->first, index);
  }
}

// ---- retention
TEST_F(BaseTest, IsDueWhenSoManyBytesAreBehindACheckpoint) {
  begin({.bytes = 5 * test::small_segment_bytes, .age_ms = 0});
  write_entries(1, 12);
  EXPECT_EQ(log->base_due(0), 0u);
  write_entries(13, entries_count);
  (void)close();
  begin({.bytes = 5 * test::small_segment_bytes, .age_ms = 0});
  const Index due = log->base_due(0);
  ASSERT_GT(due, 20u);
  ASSERT_LT(due, entries_count - 20u);
  const auto all = checkpoints(folder.written());
  EXPECT_NE(std::ranges::find(all, due), all.end());
  EXPECT_GE(all.size(), 12u) << "one for each segment";
}

TEST_F(BaseTest, IsDueWhenWhatIsBeforeACheckpointIsTooOld) {
  constexpr std::uint64_t appended = 1'700'000'000'000;  // as the samples' entries say
  begin({.bytes = 0, .age_ms = 1'000});
  write_entries(1, entries_count);
  EXPECT_EQ(log->base_due(appended + 1'000), 0u);
  const Index due = log->base_due(appended + 1'001);
  EXPECT_GT(due, entries_count - 8u);
  EXPECT_LE(due, entries_count);
}

TEST_F(BaseTest, IsDueByWhatTheDiskSaysAfterAStart) {
  constexpr std::uint64_t appended = 1'700'000'000'000;
  begin({.bytes = 0, .age_ms = 1'000});
  write_entries(1, entries_count);
  (void)close();
  begin({.bytes = 0, .age_ms = 1'000});
  EXPECT_EQ(log->base_due(appended + 1'000), 0u);
  EXPECT_GT(log->base_due(appended + 1'001), entries_count - 12u);
}

TEST_F(BaseTest, FollowsInStepsOfSegmentsAndDropsTheirCheckpoints) {
  begin({.bytes = 4 * test::small_segment_bytes, .age_ms = 0});
  for (Index index = 1; index <= entries_count; ++index) {
    ASSERT_NO_FATAL_FAILURE(write_entries(index, index));
    const Index due = log->base_due(0);
    if (due <= index_of(state.base())) continue;
    std::promise<Result<SnapshotPtr>> read;
    log->read_snapshot(due, [&](auto snapshot) { read.set_value(std::move(snapshot)); });
    const auto snapshot = read.get_future().get();
    ASSERT_TRUE(snapshot) << snapshot.error().what;
    ASSERT_NO_FATAL_FAILURE(write({CompactRecord{*snapshot}}));
  }
  const Image image = close();
  expect_found(image);
  EXPECT_LE(test::segments_in(image), 8u);
  EXPECT_GE(test::segments_in(image), 5u);
  for (const Index index : checkpoints(image)) EXPECT_GE(index, index_of(state.base()));
}

TEST_F(BaseTest, ACheckpointTellsWhenItIsOnTheDisk) {
  begin();
  write_entries(1, 3);
  std::promise<Result<void>> done;
  log->write_checkpoint(test::checkpoint_of(state),
                        [&](auto written) { done.set_value(std::move(written)); });
  ASSERT_TRUE(done.get_future().get());
  EXPECT_EQ(checkpoints(folder.durable()).front(), 3u);
}

}  // namespace
}  // namespace bellwether::storage
