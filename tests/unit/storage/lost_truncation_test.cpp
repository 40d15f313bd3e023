// A write that went astray has taken a truncation and the entries behind it, and the segment's index is not there: what
// was truncated must not count as what the log holds (consensus.md S6).
#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <string>
#include <string_view>
#include <vector>

#include "base/little_endian.hpp"
#include "samples.hpp"

namespace bellwether::storage {
namespace {

using replication::DecidedRecord;
using replication::Record;
using replication::TruncateRecord;
using test::append;
using test::Image;
using test::MemoryFolder;

constexpr Index entries_count = 30;

// What leader `round` said at `index`: long enough to be found in a file.
std::string text(Index index, std::uint64_t round) {
  return "<entry " + std::to_string(index) + " of round " + std::to_string(round) + std::string(200, '.') +
         ">";
}

EntryPtr entry(Index index, std::uint64_t round) {
  const std::string message = text(index, round);
  std::string bytes(4, '\0');
  store_little_endian(reinterpret_cast<std::byte*>(bytes.data()), static_cast<std::uint32_t>(message.size()));
  bytes += message;
  const Group group{.count = 1, .bytes = static_cast<std::uint32_t>(bytes.size())};
  return make_entry(index, {.round = round, .priority = 0, .id = NodeId{1}}, test::sample_time_ms,
                    Batch{{group}}, {Bytes::copy_of(bytes)});
}

// Entries up to `cut` - 1 and some behind it are of round 1; the others are those of round 2, which dropped these.
struct Story {
  Index cut;
  Index dropped_end;

  EntryPtr holds(Index index) const { return entry(index, index < cut ? 1 : 2); }
};

Image image_of(const Story& story) {
  std::vector<std::vector<Record>> batches;
  for (Index index = 1; index < story.dropped_end; ++index)
    batches.push_back({append(index, {entry(index, 1)})});
  batches.push_back({TruncateRecord{story.cut}});
  for (Index index = story.cut; index <= entries_count; ++index)
    batches.push_back({append(index, {entry(index, 2)}), DecidedRecord{index}});
  return test::with_checkpoint(test::image_of(batches));
}

// From behind the last entry that was dropped up to the end of `last`, if both are in one segment.
bool lose_between(Image& image, const Story& story, Index last) {
  const std::string first_text = text(story.dropped_end - 1, 1);
  const std::string last_text = text(last, 2);
  for (auto& [name, contents] : image) {
    if (!segment_number(name)) continue;
    const std::string_view bytes(reinterpret_cast<const char*>(contents.data()), contents.size());
    const auto from = bytes.find(first_text);
    const auto to = bytes.find(last_text);
    if (from == bytes.npos || to == bytes.npos) continue;
    std::fill(contents.begin() + static_cast<std::ptrdiff_t>(from + first_text.size()),
              contents.begin() + static_cast<std::ptrdiff_t>(to + last_text.size()), std::byte{0});
    return true;
  }
  return false;
}

void forget_indexes(Image& image) {
  std::erase_if(image, [](const auto& file) { return file.first.ends_with(".index"); });
}

// Each entry is the right one or is known to be damaged; with those that are missing as a repair all are right.
void expect_right_or_repaired(const Image& image, const Story& story) {
  MemoryFolder folder(image);
  const auto log = test::open(folder);
  ASSERT_TRUE(log) << log.error().what;
  std::vector<replication::RepairedEntry> missing;
  for (Index index = 1; index <= entries_count; ++index) {
    const auto found = test::read(*log->store, index, index + 1);
    if (!found) {
      ASSERT_EQ(found.error().code, LogError::damaged) << found.error().what;
      missing.push_back({index, story.holds(index)});
    } else {
      ASSERT_EQ(found->front()->sum, story.holds(index)->sum) << "entry " << index << " is another one";
    }
  }
  EXPECT_FALSE(missing.empty());
  std::promise<Result<void>> written;
  log->store->write_repair(missing, [&](const Result<void>& done) { written.set_value(done); });
  ASSERT_TRUE(written.get_future().get());
  for (Index index = 1; index <= entries_count; ++index) {
    const auto found = test::read(*log->store, index, index + 1);
    ASSERT_TRUE(found) << found.error().what;
    EXPECT_EQ(found->front()->sum, story.holds(index)->sum);
    const auto messages = test::read_messages(*log->store, index - 1, entries_count + 1);
    ASSERT_TRUE(messages) << messages.error().what;
    EXPECT_EQ(messages->first, index);
    EXPECT_EQ(messages->offset, index - 1);
  }
}

TEST(LostTruncation, NeverBringsBackWhatItDropped) {
  int tried = 0;
  for (Index dropped_end = 3; dropped_end < entries_count; dropped_end += 3) {
    for (Index cut = dropped_end > 12 ? dropped_end - 12 : 1; cut < dropped_end; ++cut) {
      const Story story{.cut = cut, .dropped_end = dropped_end};
      const Image whole = image_of(story);
      for (const Index last : {cut, cut + 1, cut + 4}) {
        Image image = whole;
        if (!lose_between(image, story, last)) continue;
        forget_indexes(image);
        ++tried;
        expect_right_or_repaired(image, story);
        if (testing::Test::HasFailure())
          FAIL() << "cut " << cut << ", dropped up to " << dropped_end << ", " << last;
      }
    }
  }
  EXPECT_GT(tried, 50);
}

}  // namespace
}  // namespace bellwether::storage
