#include "storage/segment_format.hpp"

#include <gtest/gtest.h>

#include "base/checksum.hpp"
#include "base/little_endian.hpp"
#include "samples.hpp"

namespace bellwether::storage {
namespace {

using test::sample_segment;

TEST(SegmentFormat, TheHeaderComesBackAsWritten) {
  EXPECT_EQ(decode_segment_header(encode_segment_header(sample_segment)), sample_segment);
}

TEST(SegmentFormat, AHeaderWithAFlippedBitIsRefused) {
  for (std::size_t bit = 0; bit < 8 * segment_header_bytes; ++bit) {
    auto header = encode_segment_header(sample_segment);
    header[bit / 8] ^= std::byte{1} << (bit % 8);
    EXPECT_FALSE(decode_segment_header(header)) << "bit " << bit;
  }
}

TEST(SegmentFormat, AnOpeningComesBackAsWritten) {
  const Opening opening{
      .previous_file = FileId{5},
      .previous_end = 4000,
      .previous_first = {.index = 3, .offset = 2, .time_ms = 17},
      .promised = {.round = 4, .priority = 2, .id = NodeId{3}},
      .removed = true,
      .decided = 6,
      .base = {.index = 1, .ballot = {.round = 1, .priority = 9, .id = NodeId{1}}, .next_offset = 60},
      .checkpoint = 5,
      .oldest_segment = 2,
      .last = 8,
      .last_ballot = {.round = 3, .priority = 1, .id = NodeId{2}},
      .next_offset = 70,
      .lost = {.ballot = {.round = 4, .priority = 2, .id = NodeId{3}}, .index = 11}};
  const auto bytes = encode_opening(opening);
  EXPECT_EQ(decode_opening(bytes), opening);
  Opening of_version_before = opening;
  of_version_before.lost = {};
  EXPECT_EQ(decode_opening(std::span(bytes).first(opening_bytes_oldest)), of_version_before);
}

TEST(SegmentFormat, ABaseComesBackAsWritten) {
  const BaseMark base{.index = 8, .ballot = {.round = 3, .priority = 1, .id = NodeId{2}}, .next_offset = 70};
  const auto bytes = encode_base(base);
  EXPECT_EQ(decode_base(bytes), base);
  EXPECT_FALSE(decode_base(std::span(bytes).first(39)));
}

TEST(SegmentFormat, AHeaderOfTheVersionBeforeIsRead) {
  auto bytes = encode_segment_header({.number = 3, .bytes = 4096});
  bytes[8] = std::byte{log_version_oldest};
  store_little_endian(bytes.data() + 56, Checksum::of(std::span(bytes).first(56), 0));
  EXPECT_TRUE(decode_segment_header(bytes));
  bytes[8] = std::byte{log_version + 1};
  store_little_endian(bytes.data() + 56, Checksum::of(std::span(bytes).first(56), 0));
  const auto refused = decode_segment_header(bytes);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, std::errc::not_supported);
}

TEST(SegmentFormat, AnOpeningOfUnknownFlagsIsRefused) {
  auto bytes = encode_opening({});
  bytes[60] = std::byte{2};
  EXPECT_FALSE(decode_opening(bytes));
  EXPECT_FALSE(decode_opening(std::span(bytes).first(100)));
}

TEST(SegmentFormat, ANameTellsTheNumberAndNothingElseIsTakenForOne) {
  EXPECT_EQ(segment_name(42), "00000000000000000042.segment");
  EXPECT_EQ(segment_number(segment_name(42)), 42u);
  for (const char* name : {"00000000000000000000.segment", "42.segment", "00000000000000000042.segment.new",
                           "0000000000000000004x.segment", "00000000000000000042.index", ""}) {
    EXPECT_FALSE(segment_number(name)) << name;
  }
}

}  // namespace
}  // namespace bellwether::storage
