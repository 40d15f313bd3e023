// What a log looks like after a crash or on a bad disk, one way after the other.
#include "storage/recovery.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "samples.hpp"
#include "storage/batch_encoder.hpp"

namespace bellwether::storage {
namespace {

using replication::DecidedRecord;
using replication::Record;
using replication::TruncateRecord;
using test::append;
using test::batch;
using test::Image;
using test::Medium;
using test::noop;
using test::prefix_summaries;
using test::promise;
using test::summary;

const std::vector<Record>& first_batch() {
  static const std::vector<Record> records{promise(2), append(1, {noop(1), batch(2, "one")}),
                                           DecidedRecord{2}};
  return records;
}

const std::vector<Record>& second_batch() {
  static const std::vector<Record> records{append(3, {batch(3, "two"), batch(4, "three")}), TruncateRecord{4},
                                           promise(9), append(4, {batch(4, "another three")})};
  return records;
}

std::vector<Record> both_batches() {
  std::vector<Record> all = first_batch();
  all.insert(all.end(), second_batch().begin(), second_batch().end());
  return all;
}

std::uint64_t size_of(const std::vector<Record>& records) {
  std::uint64_t bytes = 0;
  for (const Record& record : records) bytes += stored_bytes(record);
  return bytes;
}

Result<Recovered> recover(const Image& image) {
  Medium medium(image);
  return recover_log(*medium.disk(), {});
}

Image flipped(Image image, std::size_t bit) {
  image[bit / 8] ^= std::byte{1} << (bit % 8);
  return image;
}

// The file at the moment before a batch's sync: what was durable, and what the system had been given.
struct UnsyncedWrite {
  Image durable;
  Image written;
};

UnsyncedWrite written_but_not_synced(const std::vector<Record>& synced, const std::vector<Record>& unsynced) {
  Medium medium(test::formatted());
  test::Listener listener;
  test::Numbering numbering;
  const auto log = test::open(medium, listener);
  if (!synced.empty()) {
    log->store->write(numbering.number(synced));
    EXPECT_TRUE(listener.wait_for_durable(synced.size()));
  }
  medium.hold_syncs();
  log->store->write(numbering.number(unsynced));
  medium.wait_until_a_sync_is_held();
  UnsyncedWrite result{.durable = medium.durable(), .written = medium.written()};
  medium.release_syncs();
  result.durable.resize(result.written.size());
  return result;
}

TEST(Recovery, AnEmptyLogIsEmpty) {
  const auto recovered = recover(test::formatted());
  ASSERT_TRUE(recovered);
  EXPECT_EQ(summary(recovered->state), prefix_summaries({}).front());
  EXPECT_EQ(recovered->report.torn_bytes, 0u);
}

TEST(Recovery, RecordsComeBackAsWritten) {
  const auto recovered = recover(test::image_of({first_batch(), second_batch()}));
  ASSERT_TRUE(recovered) << recovered.error().what;
  EXPECT_EQ(summary(recovered->state), prefix_summaries(both_batches()).back());
  EXPECT_EQ(recovered->report.torn_bytes, 0u);
}

TEST(Recovery, TheIndexFollowsTruncationsAndWhatIsAppendedAfterThem) {
  const auto recovered = recover(test::image_of({first_batch(), second_batch()}));
  ASSERT_TRUE(recovered);
  EXPECT_EQ(recovered->index.last(), 4u);
  EXPECT_EQ(recovered->index.next_offset(), 3u);
  EXPECT_EQ(recovered->index.index_of(2), 4u);
}

TEST(Recovery, AFileCutOffAnywhereGivesAPrefix) {
  const Image image = test::image_of({both_batches()});
  const auto prefixes = prefix_summaries(both_batches());
  std::set<std::string> seen;
  for (std::size_t bytes = file_header_bytes; bytes <= image.size(); ++bytes) {
    const auto recovered = recover(Image(image.begin(), image.begin() + static_cast<std::ptrdiff_t>(bytes)));
    ASSERT_TRUE(recovered) << bytes << " bytes: " << recovered.error().what;
    ASSERT_NE(std::ranges::find(prefixes, summary(recovered->state)), prefixes.end()) << bytes << " bytes";
    seen.insert(summary(recovered->state));
  }
  EXPECT_EQ(seen, std::set<std::string>(prefixes.begin(), prefixes.end()));
}

TEST(Recovery, EveryFlippedBitOfASyncedRecordIsDamage) {
  const Image image = test::image_of({first_batch(), second_batch()});
  const std::uint64_t guarded = file_header_bytes + size_of(both_batches());
  for (std::size_t bit = 0; bit < 8 * guarded; ++bit) {
    EXPECT_FALSE(recover(flipped(image, bit))) << "bit " << bit;
  }
}

TEST(Recovery, AFlippedBitBehindTheSyncedRecordsHarmsNone) {
  const Image image = test::image_of({first_batch(), second_batch()});
  const std::string all = prefix_summaries(both_batches()).back();
  for (std::size_t bit = 8 * (file_header_bytes + size_of(both_batches())); bit < 8 * image.size(); ++bit) {
    const auto recovered = recover(flipped(image, bit));
    ASSERT_TRUE(recovered) << "bit " << bit << ": " << recovered.error().what;
    EXPECT_EQ(summary(recovered->state), all) << "bit " << bit;
  }
}

TEST(Recovery, AFlippedBitOfTheUnsyncedEndIsCutOffWithWhatFollows) {
  const auto [durable, written] = written_but_not_synced(first_batch(), second_batch());
  const auto prefixes = prefix_summaries(both_batches());
  const auto least =
      prefixes.begin() + static_cast<std::ptrdiff_t>(prefix_summaries(first_batch()).size()) - 1;
  for (std::size_t bit = 8 * (file_header_bytes + size_of(first_batch())); bit < 8 * written.size(); ++bit) {
    const auto recovered = recover(flipped(written, bit));
    ASSERT_TRUE(recovered) << "bit " << bit << ": " << recovered.error().what;
    EXPECT_NE(std::find(least, prefixes.end(), summary(recovered->state)), prefixes.end()) << "bit " << bit;
  }
}

TEST(Recovery, ABlockOfZerosInTheMiddleIsDamage) {
  std::vector<std::vector<Record>> batches;
  for (Index index = 1; index <= 8; ++index)
    batches.push_back({append(index, {batch(index, std::string(3000, 'x'))})});
  Image image = test::image_of(batches);
  std::fill_n(image.begin() + 8192, 4096, std::byte{0});
  const auto recovered = recover(image);
  ASSERT_FALSE(recovered);
  EXPECT_EQ(recovered.error().code, std::errc::bad_message);
}

TEST(Recovery, DamageNamesTheFileThePlaceAndTheNextStep) {
  const Image image = test::image_of({first_batch(), second_batch()});
  const auto recovered = recover(flipped(image, 8 * file_header_bytes));
  ASSERT_FALSE(recovered);
  EXPECT_NE(recovered.error().what.find("data/log is damaged at byte 32"), std::string::npos)
      << recovered.error().what;
  EXPECT_NE(recovered.error().what.find("joins as a new member"), std::string::npos);
}

TEST(Recovery, ARecordThatWasMovedIsNotTakenForOne) {
  Image image = test::image_of({{promise(2)}, {promise(3)}, {promise(4)}});
  const auto bytes = static_cast<std::ptrdiff_t>(stored_bytes(promise(2)));
  const auto first = image.begin() + static_cast<std::ptrdiff_t>(file_header_bytes);
  std::copy_n(first + 2 * bytes, bytes, first);
  EXPECT_FALSE(recover(image));
}

TEST(Recovery, AMessageThatLooksLikeARecordProvesNothing) {
  // The record is copied out of this very file, so that all but its place is right; it tells that all was
  // synced.
  const Image closed = test::image_of({{promise(2)}, {promise(3)}});
  const std::string_view text(reinterpret_cast<const char*>(closed.data()), closed.size());
  const auto message = batch(1, text);
  const auto [durable, written] = written_but_not_synced({}, {promise(2), append(1, {message})});
  const auto recovered = recover(flipped(written, 8 * file_header_bytes));
  ASSERT_TRUE(recovered) << recovered.error().what;
  EXPECT_EQ(summary(recovered->state), prefix_summaries({}).front());
}

TEST(Recovery, ATruncatedRecordOfDecidedEntriesIsAnErrorAndNotCutOff) {
  const auto recovered = recover(test::image_of({first_batch(), {TruncateRecord{1}}}));
  ASSERT_FALSE(recovered);
  EXPECT_NE(recovered.error().what.find("contradicts"), std::string::npos) << recovered.error().what;
}

TEST(Recovery, ALogOfAnotherVersionIsRefused) {
  Image image = test::formatted();
  image[8] = std::byte{2};
  EXPECT_FALSE(recover(image));
}

TEST(Recovery, WhatItReturnsIsSynced) {
  Medium medium(test::image_of({first_batch()}));
  ASSERT_TRUE(recover_log(*medium.disk(), {}));
  EXPECT_EQ(medium.syncs(), 1);
}

TEST(Recovery, ReportsTheShareReadUpToTheEnd) {
  Medium medium(test::image_of({first_batch()}));
  std::vector<double> shares;
  ASSERT_TRUE(recover_log(*medium.disk(), [&](double share) { shares.push_back(share); }));
  ASSERT_FALSE(shares.empty());
  EXPECT_TRUE(std::ranges::all_of(shares, [](double share) { return share >= 0 && share <= 1; }));
}

// A power cut while a batch is written may leave any of its blocks and none of the others.
class TornBatch : public testing::Test {
 protected:
  static constexpr std::size_t block_bytes = 512;

  void SetUp() override {
    std::vector<EntryPtr> entries;
    for (Index index = 3; index <= 8; ++index) entries.push_back(batch(index, std::string(300 + index, 'x')));
    unsynced_ = {promise(9), append(3, entries), DecidedRecord{4}};
    write_ = written_but_not_synced(first_batch(), unsynced_);
    for (std::size_t at = 0; at < write_.written.size(); at += block_bytes) {
      if (!std::equal(write_.written.begin() + at_offset(at),
                      write_.written.begin() + at_offset(at + block_bytes),
                      write_.durable.begin() + at_offset(at))) {
        changed_.push_back(at);
      }
    }
    std::vector<Record> all = first_batch();
    all.insert(all.end(), unsynced_.begin(), unsynced_.end());
    prefixes_ = prefix_summaries(all);
    prefixes_.erase(prefixes_.begin(),
                    prefixes_.begin() + at_offset(prefix_summaries(first_batch()).size()) - 1);
  }

  std::ptrdiff_t at_offset(std::size_t at) const {
    return static_cast<std::ptrdiff_t>(std::min(at, write_.written.size()));
  }

  // The i-th changed block reached the disk if bit i of `which` is set.
  Image with_blocks(std::size_t which) const {
    Image image = write_.durable;
    for (std::size_t i = 0; i < changed_.size(); ++i) {
      if ((which >> i & 1) == 0) continue;
      std::copy(write_.written.begin() + at_offset(changed_[i]),
                write_.written.begin() + at_offset(changed_[i] + block_bytes),
                image.begin() + at_offset(changed_[i]));
    }
    return image;
  }

  std::size_t combinations() const { return std::size_t{1} << changed_.size(); }

  std::vector<Record> unsynced_;
  UnsyncedWrite write_;
  std::vector<std::size_t> changed_;
  std::vector<std::string> prefixes_;  // what may be recovered: the first batch and a part of the second
};

TEST_F(TornBatch, IsCutOffWhateverItsBlocksThatReachedTheDisk) {
  ASSERT_GE(changed_.size(), 4u);
  ASSERT_LE(changed_.size(), 10u);
  for (std::size_t which = 0; which < combinations(); ++which) {
    const auto recovered = recover(with_blocks(which));
    ASSERT_TRUE(recovered) << "blocks " << which << ": " << recovered.error().what;
    EXPECT_NE(std::ranges::find(prefixes_, summary(recovered->state)), prefixes_.end()) << "blocks " << which;
  }
}

TEST_F(TornBatch, NeverComesBackBehindWhatIsWrittenLater) {
  for (std::size_t which = 0; which < combinations(); ++which) {
    Medium medium(with_blocks(which));
    auto log = test::open(medium);
    ASSERT_TRUE(log) << log.error().what;
    ASSERT_TRUE(log->state.replay(promise(9)));  // of the same size as the torn batch's first record
    log->store->write(test::Numbering().number({promise(9)}));
    log->store->close();
    const auto again = recover(medium.written());
    ASSERT_TRUE(again) << "blocks " << which << ": " << again.error().what;
    EXPECT_EQ(summary(again->state), summary(log->state)) << "blocks " << which;
  }
}

// The new record ends exactly where the torn one's successor, whole on the disk, begins.
TEST_F(TornBatch, NeverComesBackBehindARecordOfTheSameSize) {
  Medium medium(flipped(write_.written, 8 * (file_header_bytes + size_of(first_batch()))));
  test::Listener listener;
  const auto log = test::open(medium, listener);
  ASSERT_TRUE(log) << log.error().what;
  log->store->write(test::Numbering().number({promise(9)}));
  ASSERT_TRUE(listener.wait_for_durable(1));
  const auto again = recover(medium.durable());
  ASSERT_TRUE(again) << again.error().what;
  EXPECT_EQ(again->state.last(), log->state.last());
}

}  // namespace
}  // namespace bellwether::storage
