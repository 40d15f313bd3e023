// A log that goes on from segment to segment.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
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
using test::MemoryFolder;
using test::promise;
using test::summary;

std::string text(Index index) { return std::string(700, static_cast<char>('a' + index % 26)); }

// Some ten segments: an entry of 700 bytes and a hint each time.
std::vector<std::vector<Record>> forty_entries() {
  std::vector<std::vector<Record>> batches{{promise(2)}};
  for (Index index = 1; index <= 40; ++index) {
    batches.push_back({append(index, {batch(index, text(index))}), DecidedRecord{index}});
  }
  return batches;
}

std::string state_of(const std::vector<std::vector<Record>>& batches) {
  replication::StableState state;
  for (const auto& records : batches) {
    for (const Record& record : records) EXPECT_TRUE(state.replay(record));
  }
  return summary(state);
}

std::string error_of(const Image& image) {
  const auto reading = test::read(image);
  return reading ? "" : reading.error().what;
}

TEST(Segments, HoldTheLogInOrder) {
  const Image image = test::image_of(forty_entries());
  EXPECT_GE(test::segments_in(image), 9u);
  const auto reading = test::read(image);
  ASSERT_TRUE(reading) << reading.error().what;
  EXPECT_EQ(summary(reading->state), state_of(forty_entries()));
}

TEST(Segments, AllSayThatEntriesWereLost) {
  const replication::LogEnd lost{.ballot = {.round = 2, .priority = 0, .id = NodeId{1}}, .index = 50};
  auto batches = forty_entries();
  batches.insert(batches.begin() + 3, {replication::LostRecord{lost}});
  const auto first = test::read(test::image_of({batches[0], batches[1], batches[2], batches[3]}));
  ASSERT_TRUE(first) << first.error().what;
  EXPECT_EQ(first->state.lost(), lost);
  const auto all = test::read(test::image_of(batches));
  ASSERT_TRUE(all) << all.error().what;
  EXPECT_EQ(all->state.lost(), lost);
}

TEST(Segments, HaveTheirSizeFromTheStartAndKeepIt) {
  for (const auto& [name, contents] : test::image_of(forty_entries())) {
    if (!segment_number(name)) continue;
    EXPECT_EQ(contents.size(), test::small_segment_bytes) << name;
  }
}

TEST(Segments, ABatchLargerThanASegmentGoesOnInTheNextOnes) {
  std::vector<EntryPtr> entries;
  for (Index index = 1; index <= 40; ++index) entries.push_back(batch(index, text(index)));
  const Image image = test::image_of({{promise(2), append(1, entries)}});
  EXPECT_GE(test::segments_in(image), 9u);
  const auto reading = test::read(image);
  ASSERT_TRUE(reading) << reading.error().what;
  EXPECT_EQ(reading->state.last(), 40u);
}

TEST(Segments, AMarkThatHasNoRoomInOneBeginsNoOther) {
  constexpr std::uint64_t opening_end = segment_header_bytes + record_header_bytes + opening_bytes;
  constexpr std::uint64_t left = record_header_bytes + ending_record_bytes - 1;
  const auto bytes = test::small_segment_bytes - opening_end - left - stored_bytes(*batch(1, ""));
  const Image image = test::image_of({{append(1, {batch(1, std::string(bytes, 'x'))})}});
  const auto reading = test::read(image);
  ASSERT_TRUE(reading) << reading.error().what;
  EXPECT_EQ(reading->segment.number, 1u);
  EXPECT_EQ(reading->position, test::small_segment_bytes - left);
}

TEST(Segments, TheNextOneIsMadeAheadAndHasNothingInIt) {
  MemoryFolder folder;
  test::Listener listener;
  const auto log = test::open(folder, listener);
  log->store->write(test::Numbering().number({promise(2)}));
  ASSERT_TRUE(test::wait_for_segment(folder, 2));
  Image image = folder.durable();
  const memory::Contents& spare = test::segment(image, 2);
  EXPECT_TRUE(std::all_of(spare.begin() + segment_header_bytes, spare.end(),
                          [](std::byte byte) { return byte == std::byte{0}; }));
  EXPECT_TRUE(decode_segment_header(spare));
}

TEST(Segments, TheOneMadeAheadIsUsedByTheNextRun) {
  MemoryFolder folder(test::image_of({{promise(2)}}));
  const Image before = folder.written();
  {
    test::Listener listener;
    const auto log = test::open(folder, listener);
    ASSERT_TRUE(log) << log.error().what;
    std::vector<EntryPtr> entries;
    for (Index index = 1; index <= 6; ++index) entries.push_back(batch(index, text(index)));
    log->store->write(test::Numbering().number({append(1, entries)}));
    EXPECT_TRUE(listener.wait_for_durable(1));
  }
  Image after = folder.written();
  EXPECT_TRUE(std::equal(before.at(segment_name(2)).begin(), before.at(segment_name(2)).begin() + 64,
                         test::segment(after, 2).begin()));
  EXPECT_TRUE(test::read(after));
}

TEST(Segments, EachOneBeginsWithWhatTheLogSaidThen) {
  MemoryFolder memory(test::image_of(forty_entries()));
  const auto folder = memory.folder();
  const auto segments = list_segments(*folder);
  ASSERT_TRUE(segments);
  Index entries_before = 0;
  for (const ListedSegment& segment : *segments) {
    if (!segment.opening) continue;  // made ahead
    EXPECT_EQ(segment.opening->promised.round, segment.header.number == 1 ? 0u : 2u);
    EXPECT_GE(segment.opening->last, entries_before);
    EXPECT_EQ(segment.opening->next_offset, segment.opening->last);
    EXPECT_LE(segment.opening->last - segment.opening->decided, 1u);
    entries_before = segment.opening->last;
  }
  EXPECT_GT(entries_before, 30u);
}

TEST(Segments, EntriesAreReadBackFromAllOfThem) {
  MemoryFolder folder(test::image_of(forty_entries()));
  const auto log = test::open(folder);
  ASSERT_TRUE(log) << log.error().what;
  for (Index from = 1; from <= 40; ++from) {
    const auto entries = test::read(*log->store, from, 41);
    ASSERT_TRUE(entries) << entries.error().what;
    ASSERT_EQ(entries->size(), 41 - from);
    EXPECT_EQ(entries->front()->sum, batch(from, text(from))->sum);
    const auto messages = test::read_messages(*log->store, from - 1, 41);
    ASSERT_TRUE(messages) << messages.error().what;
    EXPECT_EQ(messages->first, from);
    EXPECT_EQ(messages->offset, from - 1);
    EXPECT_EQ(messages->entries.size(), 41 - from);
  }
  EXPECT_FALSE(test::read(*log->store, 41, 42));
  EXPECT_FALSE(test::read_messages(*log->store, 40, 42));
}

TEST(Segments, ATruncationReachesBackIntoOlderOnes) {
  std::vector<std::vector<Record>> batches;
  for (Index index = 1; index <= 20; ++index) batches.push_back({append(index, {batch(index, text(index))})});
  batches.push_back({DecidedRecord{2}, TruncateRecord{3}});
  for (Index index = 3; index <= 9; ++index)
    batches.push_back({append(index, {batch(index, "new" + text(index))})});
  batches.push_back({TruncateRecord{7}});
  MemoryFolder folder(test::image_of(batches));
  for (int run = 0; run < 2; ++run) {
    const auto log = test::open(folder);
    ASSERT_TRUE(log) << log.error().what;
    EXPECT_EQ(log->state.last(), 6u);
    const auto entries = test::read(*log->store, 1, 7);
    ASSERT_TRUE(entries) << entries.error().what;
    ASSERT_EQ(entries->size(), 6u);
    EXPECT_EQ(entries->at(1)->sum, batch(2, text(2))->sum);
    EXPECT_EQ(entries->at(2)->sum, batch(3, "new" + text(3))->sum);
    for (Offset offset = 0; offset < 6; ++offset) {
      const auto messages = test::read_messages(*log->store, offset, 7);
      ASSERT_TRUE(messages) << messages.error().what;
      EXPECT_EQ(messages->first, offset + 1);
      EXPECT_EQ(messages->entries.front()->sum, entries->at(offset)->sum);
    }
    EXPECT_FALSE(test::read(*log->store, 7, 8));
  }
}

// Entries of all sizes, with and without messages, truncated now and then: many points, many runs.
class RandomHistory {
 public:
  std::vector<Record> next() {
    std::vector<Record> records;
    if (below(8) == 0 && log_.size() > decided_) {
      const Index from = decided_ + 1 + below(log_.size() - decided_);
      records.emplace_back(TruncateRecord{from});
      log_.resize(from - 1);
    }
    const Index first = log_.size() + 1;
    std::vector<EntryPtr> entries;
    for (auto count = below(4); count > 0; --count) entries.push_back(entry(first + entries.size()));
    log_.insert(log_.end(), entries.begin(), entries.end());
    if (!entries.empty()) records.push_back(append(first, std::move(entries)));
    if (below(3) == 0) {
      decided_ += below(log_.size() - decided_ + 1);
      records.emplace_back(DecidedRecord{decided_});
    }
    records.push_back(promise(++round_));
    return records;
  }

  const std::vector<EntryPtr>& log() const { return log_; }

 private:
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

  EntryPtr entry(Index index) {
    if (below(4) == 0) return test::noop(index);
    return batch(index, std::string(below(below(3) == 0 ? 60'000 : 300), static_cast<char>('a' + below(26))));
  }

  std::mt19937 random_{7};
  std::vector<EntryPtr> log_;
  Index decided_ = 0;
  std::uint64_t round_ = 1;
};

void expect_holds(LogStore& store, const std::vector<EntryPtr>& log) {
  Offset offset = 0;
  for (Index index = 1; index <= log.size(); ++index) {
    const auto entries = test::read(store, index, log.size() + 1, 100'000);
    ASSERT_TRUE(entries) << index << ": " << entries.error().what;
    for (std::size_t i = 0; i < entries->size(); ++i) ASSERT_EQ((*entries)[i]->sum, log[index - 1 + i]->sum);
    const Offset behind = offset + log[index - 1]->message_count();
    for (Offset at = offset; at < behind; ++at) {
      const auto found = test::read_messages(store, at, log.size() + 1, 1);
      ASSERT_TRUE(found) << at << ": " << found.error().what;
      ASSERT_EQ(found->first, index);
      ASSERT_EQ(found->offset, offset);
    }
    offset = behind;
  }
}

TEST(Segments, EveryEntryAndMessageIsFoundWhateverCameBetween) {
  MemoryFolder folder;
  test::Numbering numbering;
  RandomHistory history;
  for (int run = 0; run < 3; ++run) {
    test::Listener listener;
    const auto opened = test::open(folder, listener, 512 * 1024);
    ASSERT_TRUE(opened) << opened.error().what;
    RecordNumber last = 0;
    for (int step = 0; step < 80; ++step) {
      auto numbered = numbering.number(history.next());
      last = numbered.back().number;
      opened->store->write(std::move(numbered));
    }
    ASSERT_TRUE(listener.wait_for_durable(last));
    expect_holds(*opened->store, history.log());
  }
  EXPECT_GE(test::segments_in(folder.written()), 4u);
}

TEST(Segments, AMissingOneIsDamageWhicheverItIs) {
  const Image image = test::image_of(forty_entries());
  const std::size_t count = test::segments_in(image);
  for (std::uint64_t number = 1; number < count; ++number) {  // the last one holds nothing yet
    Image without = image;
    without.erase(segment_name(number));
    EXPECT_NE(error_of(without).find("missing"), std::string::npos) << number << ": " << error_of(without);
  }
  Image without_newest = image;
  without_newest.erase(segment_name(count));
  without_newest.erase(segment_name(count - 1));
  EXPECT_NE(error_of(without_newest).find("missing"), std::string::npos) << error_of(without_newest);
}

TEST(Segments, ACutShortOneIsDamageWhicheverItIs) {
  const Image image = test::image_of(forty_entries());
  for (std::uint64_t number = 1; number <= test::segments_in(image); ++number) {
    Image cut = image;
    test::segment(cut, number).resize(2000);
    EXPECT_NE(error_of(cut).find("has 2000 bytes"), std::string::npos) << number << ": " << error_of(cut);
  }
}

TEST(Segments, OneOfAnotherLogOrInAnothersPlaceIsDamage) {
  Image image = test::image_of(forty_entries());
  Image other = test::image_of(forty_entries());
  Image mixed = image;
  mixed[segment_name(3)] = other[segment_name(3)];
  EXPECT_NE(error_of(mixed).find("does not continue"), std::string::npos) << error_of(mixed);
  Image swapped = image;
  std::swap(swapped[segment_name(3)], swapped[segment_name(4)]);
  EXPECT_NE(error_of(swapped).find("under another name"), std::string::npos) << error_of(swapped);
}

TEST(Segments, EveryFlippedBitInAnyIsDamage) {
  const auto batches = forty_entries();
  const Image image = test::image_of({batches.begin(), batches.begin() + 16});
  const std::size_t count = test::segments_in(image);
  ASSERT_GE(count, 4u);
  for (std::uint64_t number = 1; number < count; ++number) {
    Image broken = image;
    memory::Contents& bytes = test::segment(broken, number);
    const auto last =
        std::find_if(bytes.rbegin(), bytes.rend(), [](std::byte byte) { return byte != std::byte{0}; });
    auto used = static_cast<std::size_t>(bytes.rend() - last);
    // The newest one ends with a mark, which may be lost without harm.
    if (number + 1 == count) used -= record_header_bytes;
    for (std::size_t bit = 0; bit < 8 * used; bit += 5) {
      bytes[bit / 8] ^= std::byte{1} << (bit % 8);
      ASSERT_NE(error_of(broken), "") << "segment " << number << ", bit " << bit;
      bytes[bit / 8] ^= std::byte{1} << (bit % 8);
    }
  }
}

TEST(Segments, AZeroedBlockInAnyIsDamage) {
  const Image image = test::image_of(forty_entries());
  for (std::uint64_t number = 1; number + 1 < test::segments_in(image); ++number) {
    for (std::ptrdiff_t at = 0; at < 3584; at += 512) {
      Image broken = image;
      std::fill_n(test::segment(broken, number).begin() + at, 512, std::byte{0});
      EXPECT_NE(error_of(broken), "") << "segment " << number << ", byte " << at;
    }
  }
}

TEST(Segments, BytesInTheOneMadeAheadAreDamageOfTheOneBefore) {
  Image image = test::image_of(forty_entries());
  const std::size_t count = test::segments_in(image);
  test::segment(image, count)[1000] = std::byte{1};
  EXPECT_NE(error_of(image).find(segment_name(count) + " was made after it"), std::string::npos)
      << error_of(image);
}

TEST(Segments, AStartThatRefusesThemLeavesUnfinishedFilesAsTheyAre) {
  Image image = test::image_of(forty_entries());
  const std::string unfinished = segment_name(test::segments_in(image) + 1) + std::string(staging_suffix);
  image[unfinished] = test::segment(image, 1);
  {
    Image damaged = image;
    test::segment(damaged, 3)[100] ^= std::byte{1};
    test::segment(damaged, 3)[1000] ^= std::byte{1};
    MemoryFolder folder(damaged);
    ASSERT_FALSE(test::open(folder));
    EXPECT_EQ(folder.written(), damaged);
  }
  MemoryFolder folder(image);
  ASSERT_TRUE(test::open(folder));
  EXPECT_FALSE(folder.written().contains(unfinished));
}

}  // namespace
}  // namespace bellwether::storage
