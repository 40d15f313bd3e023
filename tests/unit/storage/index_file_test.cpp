#include "storage/index_file.hpp"

#include <gtest/gtest.h>

#include <string>

#include "samples.hpp"

namespace bellwether::storage {
namespace {

using test::append;
using test::batch;
using test::Image;
using test::MemoryFolder;
using test::sample_segment;

SegmentIndex sample() {
  const std::uint64_t start = sample_segment.records_start();
  return SegmentIndex({{.index = 4, .position = start, .offset = 9, .time_ms = 1000},
                       {.index = 8, .position = start + 900, .offset = 9, .time_ms = 1001},
                       {.index = 9, .position = start + 1000, .offset = 12, .time_ms = 999}});
}

TEST(IndexFile, ComesBackAsWritten) {
  const auto decoded = decode_index(sample_segment, encode_index(sample_segment, sample()));
  ASSERT_TRUE(decoded) << decoded.error().what;
  EXPECT_EQ(decoded->points(), sample().points());
}

TEST(IndexFile, EveryFlippedBitAndEveryCutIsRefused) {
  const auto good = encode_index(sample_segment, sample());
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    auto bytes = good;
    bytes[bit / 8] ^= std::byte{1} << (bit % 8);
    EXPECT_FALSE(decode_index(sample_segment, bytes)) << "bit " << bit;
  }
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(decode_index(sample_segment, std::span(good).first(size))) << size << " bytes";
  }
}

TEST(IndexFile, OneOfAnotherSegmentIsRefused) {
  SegmentHeader other = sample_segment;
  other.number = 4;
  EXPECT_FALSE(decode_index(other, encode_index(sample_segment, sample())));
  other = sample_segment;
  other.file = FileId{1};
  EXPECT_FALSE(decode_index(other, encode_index(sample_segment, sample())));
}

TEST(IndexFile, PointsOutsideOfTheSegmentOrOutOfOrderAreRefused) {
  const SegmentIndex outside({{.index = 4, .position = sample_segment.limit(), .offset = 9, .time_ms = 1}});
  EXPECT_FALSE(decode_index(sample_segment, encode_index(sample_segment, outside)));
  auto points = sample().points();
  std::swap(points[0], points[1]);
  EXPECT_FALSE(decode_index(sample_segment, encode_index(sample_segment, SegmentIndex(points))));
}

// A log of several segments, each with its index beside it.
class IndexFilesTest : public testing::Test {
 protected:
  static constexpr Index entries_count = 30;
  static EntryPtr entry(Index index) {
    return batch(index, std::string(600, static_cast<char>('a' + index % 26)));
  }

  static Image log() {
    std::vector<std::vector<replication::Record>> batches;
    for (Index index = 1; index <= entries_count; ++index) {
      batches.push_back({append(index, {entry(index)}), replication::DecidedRecord{index}});
    }
    return test::image_of(batches);
  }

  // Every entry, by its index and by its message.
  static void read_all(MemoryFolder& folder) {
    const auto store = test::open(folder);
    ASSERT_TRUE(store) << store.error().what;
    for (Index index = entries_count; index >= 1; --index) {
      const auto entries = test::read(*store->store, index, index + 1);
      ASSERT_TRUE(entries) << entries.error().what;
      EXPECT_EQ(entries->front()->sum, entry(index)->sum);
      const auto messages = test::read_messages(*store->store, index - 1, index + 1);
      ASSERT_TRUE(messages) << messages.error().what;
      EXPECT_EQ(messages->first, index);
    }
    store->store->close();
  }
};

TEST_F(IndexFilesTest, EachFullSegmentHasOne) {
  const Image image = log();
  const std::size_t segments = test::segments_in(image);
  ASSERT_GE(segments, 6u);
  for (std::uint64_t number = 1; number + 1 < segments; ++number)
    EXPECT_TRUE(image.contains(index_name(number)));
}

TEST_F(IndexFilesTest, OneThatIsMissingIsMadeAnewWithTheSameContents) {
  Image image = log();
  const Image good = image;
  std::erase_if(image, [](const auto& file) { return file.first.ends_with(".index"); });
  MemoryFolder folder(image);
  read_all(folder);
  for (const auto& [name, contents] : good) {
    if (!name.ends_with(".index")) continue;
    EXPECT_EQ(folder.durable().at(name), contents) << name;
  }
}

TEST_F(IndexFilesTest, OneThatIsBrokenIsMadeAnew) {
  Image image = log();
  const Image good = image;
  image.at(index_name(2))[70] ^= std::byte{4};
  image.at(index_name(3)).clear();
  MemoryFolder folder(image);
  read_all(folder);
  EXPECT_EQ(folder.durable().at(index_name(2)), good.at(index_name(2)));
  EXPECT_EQ(folder.durable().at(index_name(3)), good.at(index_name(3)));
}

}  // namespace
}  // namespace bellwether::storage
