// A log with checkpoints: what is read at a start, and what a broken one costs.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "samples.hpp"

namespace bellwether::storage {
namespace {

using replication::DecidedRecord;
using replication::Record;
using test::append;
using test::batch;
using test::Image;
using test::MemoryFolder;
using test::summary;

constexpr Index entries_count = 60;

std::string text(Index index) { return std::string(700, static_cast<char>('a' + index % 26)); }

// Some fifteen segments, and a checkpoint whenever one is due.
class CheckpointsTest : public testing::Test {
 protected:
  void SetUp() override {
    MemoryFolder folder;
    test::Listener listener;
    test::Numbering numbering;
    const auto log = test::open(folder, listener);
    EXPECT_TRUE(state.replay(test::promise(2)));
    log->store->write(numbering.number({test::promise(2)}));
    for (Index index = 1; index <= entries_count; ++index) {
      const std::vector<Record> records{append(index, {batch(index, text(index))}), DecidedRecord{index - 1}};
      for (const Record& record : records) EXPECT_TRUE(state.replay(record));
      auto numbered = numbering.number(records);
      const RecordNumber last = numbered.back().number;
      log->store->write(std::move(numbered));
      ASSERT_TRUE(listener.wait_for_durable(last));
      if (state.decided() < log->store->checkpoint_due()) continue;
      log->store->write_checkpoint(test::checkpoint_of(state));
      EXPECT_EQ(log->store->checkpoint_due(), LogStore::no_checkpoint_due);
      ++written;
    }
    log->store->close();
    image = folder.written();
  }

  std::vector<Index> checkpoints(const Image& of) {
    MemoryFolder memory(of);
    return *list_checkpoints(*memory.folder());
  }

  replication::StableState state;
  std::size_t written = 0;
  Image image;
};

TEST_F(CheckpointsTest, AreDueOncePerSegmentAndTheTwoNewestAreThere) {
  const std::size_t segments = test::segments_in(image);
  EXPECT_GE(segments, 14u);
  EXPECT_GE(written, segments - 3);
  EXPECT_LE(written, segments);
  EXPECT_EQ(checkpoints(image).size(), 2u);
}

TEST_F(CheckpointsTest, AStartReadsOnlyTheSegmentsBehindTheNewestOne) {
  const auto reading = test::read(image);
  ASSERT_TRUE(reading) << reading.error().what;
  EXPECT_EQ(summary(reading->state), summary(state));
  EXPECT_EQ(reading->checkpoint, checkpoints(image).front());
  EXPECT_LT(reading->report.records, 30u);
  EXPECT_GT(reading->report.bytes, entries_count * 700);
}

TEST_F(CheckpointsTest, WithoutThemEverythingIsReadAndTheResultIsTheSame) {
  Image without = image;
  for (const Index index : checkpoints(image)) without.erase(checkpoint_name(index));
  const auto reading = test::read(without);
  ASSERT_TRUE(reading) << reading.error().what;
  EXPECT_EQ(summary(reading->state), summary(state));
  EXPECT_EQ(reading->checkpoint, 0u);
  EXPECT_GT(reading->report.records, 2 * entries_count);
}

TEST_F(CheckpointsTest, ABrokenOneIsNamedAndTheOlderOneUsed) {
  const auto all = checkpoints(image);
  Image broken = image;
  broken.at(checkpoint_name(all[0]))[100] ^= std::byte{1};
  auto reading = test::read(broken);
  ASSERT_TRUE(reading) << reading.error().what;
  EXPECT_EQ(summary(reading->state), summary(state));
  EXPECT_EQ(reading->checkpoint, all[1]);
  ASSERT_EQ(reading->report.notes.size(), 1u);
  EXPECT_NE(reading->report.notes[0].find(checkpoint_name(all[0]) + " cannot be used"), std::string::npos);

  broken.at(checkpoint_name(all[1])).clear();
  reading = test::read(broken);
  ASSERT_TRUE(reading) << reading.error().what;
  EXPECT_EQ(summary(reading->state), summary(state));
  EXPECT_EQ(reading->checkpoint, 0u);
  EXPECT_EQ(reading->report.notes.size(), 2u);
}

TEST_F(CheckpointsTest, TheLogGoesOnFromOne) {
  MemoryFolder folder(image);
  test::Listener listener;
  const auto log = test::open(folder, listener);
  ASSERT_TRUE(log) << log.error().what;
  log->store->write(test::Numbering().number(
      {replication::TruncateRecord{entries_count}, append(entries_count, {batch(entries_count, "other")})}));
  ASSERT_TRUE(listener.wait_for_durable(2));
  for (Index index = 1; index <= entries_count; ++index) {
    const auto entries = test::read(*log->store, index, index + 1);
    ASSERT_TRUE(entries) << index << ": " << entries.error().what;
    EXPECT_EQ(entries->front()->sum, batch(index, index < entries_count ? text(index) : "other")->sum);
    EXPECT_EQ(test::read_messages(*log->store, index - 1, index + 1)->first, index);
  }
  log->store->close();
  const auto again = test::read(folder.written());
  ASSERT_TRUE(again) << again.error().what;
  EXPECT_EQ(again->state.undecided().back()->sum, batch(entries_count, "other")->sum);
}

TEST_F(CheckpointsTest, DamageBeforeTheOneThatIsUsedIsFoundWhenItIsRead) {
  Image broken = image;
  std::fill_n(test::segment(broken, 3).begin() + 1024, 512, std::byte{0});
  MemoryFolder folder(broken);
  const auto log = test::open(folder);
  ASSERT_TRUE(log) << log.error().what;
  std::size_t unreadable = 0;
  for (Index index = 1; index <= entries_count; ++index) {
    const auto entries = test::read(*log->store, index, index + 1);
    if (entries) {
      EXPECT_EQ(entries->front()->sum, batch(index, text(index))->sum);
    } else {
      ++unreadable;
      EXPECT_NE(entries.error().what.find(segment_name(3)), std::string::npos) << entries.error().what;
    }
  }
  EXPECT_GE(unreadable, 1u);
  EXPECT_LE(unreadable, 5u);
}

TEST_F(CheckpointsTest, AMissingSegmentIsDamageThoughItIsNotRead) {
  Image broken = image;
  broken.erase(segment_name(2));
  EXPECT_FALSE(test::read(broken));
}

TEST_F(CheckpointsTest, WithoutAnySegmentTheLogIsLostAndNotNew) {
  Image broken = image;
  std::erase_if(broken, [](const auto& file) { return segment_number(file.first).has_value(); });
  MemoryFolder folder(broken);
  const auto log = test::open(folder);
  ASSERT_FALSE(log);
  EXPECT_NE(log.error().what.find("its segments are missing"), std::string::npos) << log.error().what;
}

TEST_F(CheckpointsTest, ALogThatEndsBeforeOneIsDamage) {
  MemoryFolder memory(test::image_of({{append(1, {batch(1, "one")})}}));
  const auto folder = memory.folder();
  const auto segments = list_segments(*folder);
  ASSERT_TRUE(segments);
  ASSERT_TRUE(write_checkpoint(*folder, segments->front().header.log, test::checkpoint_of(state)));
  const auto reading = test::read(memory.written());
  ASSERT_FALSE(reading);
  EXPECT_NE(reading.error().what.find("it ends with entry 1"), std::string::npos) << reading.error().what;
}

// As long as the log, and yet not its own.
TEST_F(CheckpointsTest, OneThatSaysOtherBallotsThanTheLogIsDamage) {
  replication::StableState other;
  const Ballot ballot{.round = 9, .priority = 0, .id = NodeId{2}};
  for (Index index = 1; index <= entries_count; ++index)
    ASSERT_TRUE(other.replay(append(index, {make_entry(index, ballot, 0, Noop{})})));
  ASSERT_TRUE(other.replay(DecidedRecord{entries_count - 1}));
  MemoryFolder memory(image);
  const auto folder = memory.folder();
  const auto segments = list_segments(*folder);
  ASSERT_TRUE(segments);
  ASSERT_TRUE(write_checkpoint(*folder, segments->front().header.log, test::checkpoint_of(other)));
  const auto reading = test::read(memory.written());
  ASSERT_FALSE(reading);
  EXPECT_NE(reading.error().what.find("has not the ballot"), std::string::npos) << reading.error().what;
}

TEST_F(CheckpointsTest, IsWrittenOnlyWhenWhatWasHandedOverBeforeIsDurable) {
  MemoryFolder folder(image);
  test::Listener listener;
  const auto log = test::open(folder, listener);
  ASSERT_TRUE(log);
  const auto before = checkpoints(folder.written());
  folder.hold_syncs();
  log->store->write(test::Numbering().number({DecidedRecord{entries_count}, test::promise(3)}));
  ASSERT_TRUE(state.replay(DecidedRecord{entries_count}));
  log->store->write_checkpoint(test::checkpoint_of(state));
  folder.wait_until_a_sync_is_held();
  EXPECT_EQ(checkpoints(folder.written()), before);
  folder.release_syncs();
  log->store->close();
  EXPECT_EQ(checkpoints(folder.durable()).front(), entries_count);
}

TEST_F(CheckpointsTest, OneBesideAnEmptyLogIsDamageEvenIfItCannotBeRead) {
  MemoryFolder empty;
  (void)test::open(empty);
  Image mixed = empty.written();
  mixed[checkpoint_name(7)] = {std::byte{1}};
  const auto reading = test::read(mixed);
  ASSERT_FALSE(reading);
  EXPECT_NE(reading.error().what.find("there is a checkpoint"), std::string::npos) << reading.error().what;
}

}  // namespace
}  // namespace bellwether::storage
