// What a log looks like after a crash or on a bad disk, one way after the other.
#include "storage/recovery.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "base/checksum.hpp"
#include "base/little_endian.hpp"
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
using test::MemoryFolder;
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

// Behind the segment's header and its opening.
constexpr std::size_t first_record = segment_header_bytes + record_header_bytes + opening_bytes;

Result<LogReading> recover(const Image& image) { return test::read(image); }

Image flipped(Image image, std::size_t bit, std::uint64_t segment = 1) {
  test::segment(image, segment)[bit / 8] ^= std::byte{1} << (bit % 8);
  return image;
}

Image empty_log() {
  MemoryFolder folder;
  EXPECT_TRUE(test::open(folder));
  return folder.written();
}

// The log at the moment before a batch's sync: what was durable, and what the system had been given.
struct UnsyncedWrite {
  Image durable;
  Image written;
};

UnsyncedWrite written_but_not_synced(const std::vector<Record>& synced, const std::vector<Record>& unsynced) {
  MemoryFolder folder;
  test::Listener listener;
  test::Numbering numbering;
  const auto log = test::open(folder, listener);
  if (!synced.empty()) {
    log->store->write(numbering.number(synced));
    EXPECT_TRUE(listener.wait_for_durable(synced.size()));
    EXPECT_TRUE(test::wait_for_segment(folder, 2));
  }
  folder.hold_syncs();
  log->store->write(numbering.number(unsynced));
  folder.wait_until_a_sync_is_held();
  UnsyncedWrite result{.durable = folder.durable(), .written = folder.written()};
  folder.release_syncs();
  return result;
}

TEST(Recovery, AnEmptyLogIsEmpty) {
  const auto recovered = recover(empty_log());
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

TEST(Recovery, TheMapFollowsTruncationsAndWhatIsAppendedAfterThem) {
  const auto recovered = recover(test::image_of({first_batch(), second_batch()}));
  ASSERT_TRUE(recovered);
  EXPECT_EQ(recovered->map->last(), 4u);
  EXPECT_EQ(recovered->map->next_offset(), 3u);
  EXPECT_EQ(recovered->map->bringing(2)->run->point.index, 4u);
}

TEST(Recovery, ALogWhoseLastBatchIsMissingFromAnywhereOnGivesAPrefix) {
  const Image image = test::image_of({both_batches()});
  const auto prefixes = prefix_summaries(both_batches());
  std::set<std::string> seen;
  for (std::size_t from = segment_header_bytes; from <= test::small_segment_bytes; ++from) {
    Image cut = image;
    memory::Contents& bytes = test::segment(cut, 1);
    std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(from), bytes.end(), std::byte{0});
    const auto recovered = recover(cut);
    if (from < first_record) {  // the segment after it was made, so this one had begun
      EXPECT_TRUE(!recovered || from > segment_header_bytes + record_header_bytes) << from;
      continue;
    }
    ASSERT_TRUE(recovered) << from << " bytes: " << recovered.error().what;
    ASSERT_NE(std::ranges::find(prefixes, summary(recovered->state)), prefixes.end()) << from << " bytes";
    seen.insert(summary(recovered->state));
  }
  EXPECT_EQ(seen, std::set<std::string>(prefixes.begin(), prefixes.end()));
}

TEST(Recovery, ASegmentThatWasCutShortIsDamage) {
  Image image = test::image_of({both_batches()});
  test::segment(image, 1).pop_back();
  const auto recovered = recover(image);
  ASSERT_FALSE(recovered);
  EXPECT_NE(recovered.error().what.find("has 4095 bytes and should have 4096"), std::string::npos)
      << recovered.error().what;
}

TEST(Recovery, EveryFlippedBitOfASyncedRecordIsDamage) {
  const Image image = test::image_of({first_batch(), second_batch()});
  const std::uint64_t guarded = first_record + size_of(both_batches());
  for (std::size_t bit = 0; bit < 8 * guarded; ++bit) {
    EXPECT_FALSE(recover(flipped(image, bit))) << "bit " << bit;
  }
}

TEST(Recovery, AFlippedBitBehindTheSyncedRecordsHarmsNone) {
  const Image image = test::image_of({first_batch(), second_batch()});
  const std::string all = prefix_summaries(both_batches()).back();
  for (std::size_t bit = 8 * (first_record + size_of(both_batches())); bit < 8 * test::small_segment_bytes;
       ++bit) {
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
  for (std::size_t bit = 8 * (first_record + size_of(first_batch())); bit < 8 * test::small_segment_bytes;
       ++bit) {
    const auto recovered = recover(flipped(written, bit));
    ASSERT_TRUE(recovered) << "bit " << bit << ": " << recovered.error().what;
    EXPECT_NE(std::find(least, prefixes.end(), summary(recovered->state)), prefixes.end()) << "bit " << bit;
  }
}

TEST(Recovery, ABlockOfZerosInTheMiddleIsDamage) {
  std::vector<std::vector<Record>> batches;
  for (Index index = 1; index <= 8; ++index)
    batches.push_back({append(index, {batch(index, std::string(3000, 'x'))})});
  Image image = test::image_of(batches, 64 * 1024);
  std::fill_n(test::segment(image, 1).begin() + 8192, 4096, std::byte{0});
  const auto recovered = recover(image);
  ASSERT_FALSE(recovered);
  EXPECT_EQ(recovered.error().code, std::errc::bad_message);
}

TEST(Recovery, DamageNamesTheFileThePlaceAndTheNextStep) {
  const Image image = test::image_of({first_batch(), second_batch()});
  const auto recovered = recover(flipped(image, 8 * first_record));
  ASSERT_FALSE(recovered);
  EXPECT_NE(recovered.error().what.find("data/log/00000000000000000001.segment is damaged: at byte 296"),
            std::string::npos)
      << recovered.error().what;
  EXPECT_NE(recovered.error().what.find("Keep its data directory"), std::string::npos);
  EXPECT_NE(recovered.error().what.find("bellwetherctl inspect DIR --verify"), std::string::npos);
}

TEST(Recovery, ARecordThatWasMovedIsNotTakenForOne) {
  Image image = test::image_of({{promise(2)}, {promise(3)}, {promise(4)}});
  const auto bytes = static_cast<std::ptrdiff_t>(stored_bytes(promise(2)));
  const auto first = test::segment(image, 1).begin() + static_cast<std::ptrdiff_t>(first_record);
  std::copy_n(first + 2 * bytes, bytes, first);
  EXPECT_FALSE(recover(image));
}

TEST(Recovery, AMessageThatLooksLikeARecordProvesNothing) {
  // The record is copied out of this very file, so that all but its place is right; it tells that all was
  // synced.
  Image closed = test::image_of({{promise(2)}, {promise(3)}});
  const memory::Contents& bytes = test::segment(closed, 1);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), 1000);
  const auto message = batch(1, text);
  const auto [durable, written] = written_but_not_synced({}, {promise(2), append(1, {message})});
  const auto recovered = recover(flipped(written, 8 * first_record));
  ASSERT_TRUE(recovered) << recovered.error().what;
  EXPECT_EQ(summary(recovered->state), prefix_summaries({}).front());
}

TEST(Recovery, ATruncatedRecordOfDecidedEntriesIsAnErrorAndNotCutOff) {
  Image image = test::image_of({first_batch()});
  const auto good = recover(image);
  ASSERT_TRUE(good);
  BatchEncoder batch(good->segment.file, good->position, good->position);
  batch.add_truncate(1, 0);
  auto to = test::segment(image, 1).begin() + static_cast<std::ptrdiff_t>(good->position);
  for (const Piece piece : batch.pieces()) to = std::ranges::copy(piece, to).out;
  const auto recovered = recover(image);
  ASSERT_FALSE(recovered);
  EXPECT_NE(recovered.error().what.find("contradicts"), std::string::npos) << recovered.error().what;
}

TEST(Recovery, ALogOfAnotherVersionIsRefused) {
  Image image = empty_log();
  memory::Contents& bytes = test::segment(image, 1);
  bytes[8] = std::byte{1};
  store_little_endian(bytes.data() + 56, Checksum::of(std::span(bytes).first(56), 0));
  const auto recovered = recover(image);
  ASSERT_FALSE(recovered);
  EXPECT_NE(recovered.error().what.find("it has version 1 and this program reads versions 2 to 4"),
            std::string::npos)
      << recovered.error().what;
}

TEST(Recovery, WhatItReadIsSyncedBeforeTheLogIsUsed) {
  MemoryFolder folder(test::image_of({first_batch()}));
  ASSERT_TRUE(test::open(folder));
  EXPECT_EQ(folder.syncs(), 1);
}

TEST(Recovery, ReadingChangesNothing) {
  MemoryFolder memory(written_but_not_synced(first_batch(), second_batch()).written);
  const auto folder = memory.folder();
  ASSERT_TRUE(read_log(*folder, *list_segments(*folder), {}));
  EXPECT_EQ(memory.operations(), 0);
}

TEST(Recovery, ReportsTheShareReadUpToTheEnd) {
  MemoryFolder memory(test::image_of({first_batch()}));
  const auto folder = memory.folder();
  std::vector<double> shares;
  ASSERT_TRUE(read_log(*folder, *list_segments(*folder), [&](double share) { shares.push_back(share); }));
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
    const memory::Contents& written = test::segment(write_.written, 1);
    const memory::Contents& durable = test::segment(write_.durable, 1);
    for (std::size_t at = 0; at < written.size(); at += block_bytes) {
      if (!std::equal(written.begin() + at_offset(at), written.begin() + at_offset(at + block_bytes),
                      durable.begin() + at_offset(at))) {
        changed_.push_back(at);
      }
    }
    std::vector<Record> all = first_batch();
    all.insert(all.end(), unsynced_.begin(), unsynced_.end());
    prefixes_ = prefix_summaries(all);
    prefixes_.erase(prefixes_.begin(),
                    prefixes_.begin() + at_offset(prefix_summaries(first_batch()).size()) - 1);
  }

  static std::ptrdiff_t at_offset(std::size_t at) { return static_cast<std::ptrdiff_t>(at); }

  // The i-th changed block reached the disk if bit i of `which` is set.
  Image with_blocks(std::size_t which) {
    Image image = write_.durable;
    const memory::Contents& written = test::segment(write_.written, 1);
    for (std::size_t i = 0; i < changed_.size(); ++i) {
      if ((which >> i & 1) == 0) continue;
      std::copy(written.begin() + at_offset(changed_[i]),
                written.begin() + at_offset(changed_[i] + block_bytes),
                test::segment(image, 1).begin() + at_offset(changed_[i]));
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
    MemoryFolder folder(with_blocks(which));
    auto log = test::open(folder);
    ASSERT_TRUE(log) << log.error().what;
    ASSERT_TRUE(log->state.replay(promise(9)));  // of the same size as the torn batch's first record
    log->store->write(test::Numbering().number({promise(9)}));
    log->store->close();
    const auto again = recover(folder.written());
    ASSERT_TRUE(again) << "blocks " << which << ": " << again.error().what;
    EXPECT_EQ(summary(again->state), summary(log->state)) << "blocks " << which;
  }
}

// The new record ends exactly where the torn one's successor, whole on the disk, begins.
TEST_F(TornBatch, NeverComesBackBehindARecordOfTheSameSize) {
  MemoryFolder folder(flipped(write_.written, 8 * (first_record + size_of(first_batch()))));
  test::Listener listener;
  const auto log = test::open(folder, listener);
  ASSERT_TRUE(log) << log.error().what;
  log->store->write(test::Numbering().number({promise(9)}));
  ASSERT_TRUE(listener.wait_for_durable(1));
  const auto again = recover(folder.durable());
  ASSERT_TRUE(again) << again.error().what;
  EXPECT_EQ(again->state.last(), log->state.last());
}

TEST(Recovery, AWholeOpeningThatSaysNothingKnownIsDamageAndNoTornEnd) {
  Image image = test::image_of({});
  memory::Contents& bytes = test::segment(image, 1);
  const auto segment = decode_segment_header(bytes);
  ASSERT_TRUE(segment);
  const std::vector<std::byte> payload(opening_bytes, std::byte{0xff});
  const RecordHeader header{
      .kind = RecordKind::opening, .payload_bytes = opening_bytes, .synced_to = segment->records_start()};
  const auto encoded = encode_record_header(segment->file, segment->records_start(), header, payload);
  std::ranges::copy(encoded, bytes.begin() + segment_header_bytes);
  std::ranges::copy(payload, bytes.begin() + segment_header_bytes + record_header_bytes);
  const auto reading = test::read(image);
  ASSERT_FALSE(reading);
  EXPECT_NE(reading.error().what.find("its first record is not as it is written"), std::string::npos)
      << reading.error().what;
}

}  // namespace
}  // namespace bellwether::storage
