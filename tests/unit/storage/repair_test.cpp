// Entries that a segment cannot give back any more: found where they are read, kept in a file beside it once others
// have given them, and read from there (consensus.md S6).
#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "samples.hpp"
#include "storage/inspection.hpp"
#include "storage/repair_file.hpp"

namespace bellwether::storage {
namespace {

using replication::DecidedRecord;
using replication::Record;
using replication::RepairedEntry;
using test::append;
using test::batch;
using test::Image;
using test::MemoryFolder;

constexpr Index entries_count = 40;

std::string text(Index index) { return std::string(700, static_cast<char>('a' + index % 26)); }
EntryPtr entry(Index index) { return batch(index, text(index)); }

std::vector<std::vector<Record>> story() {
  std::vector<std::vector<Record>> batches{{test::promise(2)}};
  for (Index index = 1; index <= entries_count; ++index)
    batches.push_back({append(index, {entry(index)}), DecidedRecord{index}});
  return batches;
}

const Image& good() {
  static const Image image = test::with_checkpoint(test::image_of(story()));
  return image;
}

// Where the text of an entry stands: which segment, and from which byte on.
struct Place {
  std::uint64_t segment;
  std::size_t byte;
};
Place place_of(Index index) {
  const std::string wanted = text(index);
  for (const auto& [name, contents] : good()) {
    const std::string_view bytes(reinterpret_cast<const char*>(contents.data()), contents.size());
    const auto found = bytes.find(wanted);
    if (const auto number = segment_number(name); number && found != bytes.npos) return {*number, found};
  }
  ADD_FAILURE() << "entry " << index << " is nowhere";
  return {1, 0};
}
// The first entry that has one before it and two behind it in the same segment.
Index middle() {
  Index index = 2;
  while (place_of(index - 1).segment != place_of(index + 2).segment) ++index;
  return index;
}

void flip(Image& image, Index index, std::ptrdiff_t from_text = 10) {
  const Place place = place_of(index);
  test::segment(image, place.segment)[place.byte + static_cast<std::size_t>(from_text)] ^= std::byte{1};
}

struct DamagedLog {
  MemoryFolder folder;
  std::mutex mutex;
  std::vector<std::pair<Index, Index>> damage;
  Result<LogStore::Opened> log;

  explicit DamagedLog(const Image& image) : folder(image), log(open()) {
    EXPECT_TRUE(log) << log.error().what;
  }
  Result<LogStore::Opened> open() {
    LogStore::Events events;
    events.on_damage = [this](const Damage& met) {
      const std::scoped_lock lock(mutex);
      damage.emplace_back(met.first, met.last);
    };
    return SegmentedLog::open(folder.folder(), {.segment_bytes = test::small_segment_bytes}, events, {});
  }
  // Entry by entry: those that cannot be read; the others are right.
  std::vector<Index> unreadable() {
    std::vector<Index> missing;
    for (Index index = 1; index <= entries_count; ++index) {
      const auto found = test::read(*log->store, index, index + 1);
      if (!found) {
        EXPECT_EQ(found.error().code, LogError::damaged) << found.error().what;
        missing.push_back(index);
      } else if (found->size() != 1 || found->front()->sum != entry(index)->sum) {
        ADD_FAILURE() << "entry " << index << " is another one";
      }
    }
    return missing;
  }
  Result<void> repair(const std::vector<RepairedEntry>& entries) {
    std::promise<Result<void>> written;
    log->store->write_repair(entries, [&](const Result<void>& done) { written.set_value(done); });
    return written.get_future().get();
  }
  Result<void> repair(Index index) { return repair({{index, entry(index)}}); }
};

using Indexes = std::vector<Index>;

TEST(Damage, OfABitIsThatOfOneEntry) {
  const Index index = middle();
  for (const std::ptrdiff_t at : {10, -4, -60, -100, 690}) {  // text, length, entry, record
    Image image = good();
    flip(image, index, at);
    DamagedLog damaged(image);
    EXPECT_EQ(damaged.unreadable(), (Indexes{index})) << at;
    EXPECT_EQ(damaged.damage, (std::vector<std::pair<Index, Index>>{{index, index}})) << at;
  }
}

TEST(Damage, OfABlockIsThatOfTheEntriesInIt) {
  const Index index = middle();
  Image image = good();
  const Place place = place_of(index);
  std::fill_n(test::segment(image, place.segment).begin() + static_cast<std::ptrdiff_t>(place.byte) + 600,
              512, std::byte{0});
  DamagedLog damaged(image);
  EXPECT_EQ(damaged.unreadable(), (Indexes{index, index + 1}));
  EXPECT_FALSE(test::read(*damaged.log->store, index, entries_count + 1));
  EXPECT_EQ(damaged.damage.back(), std::pair(index, index + 1));
}

TEST(Damage, UpToTheEndOfASegmentIsNotThatOfTheNextOne) {
  const Index index = middle();
  Image image = good();
  const Place place = place_of(index);
  auto& bytes = test::segment(image, place.segment);
  std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(place.byte), bytes.end(), std::byte{0});
  DamagedLog damaged(image);
  const auto missing = damaged.unreadable();
  ASSERT_FALSE(missing.empty());
  for (const Index one : missing) EXPECT_EQ(place_of(one).segment, place.segment);
  EXPECT_FALSE(test::read(*damaged.log->store, index, entries_count + 1));
  EXPECT_EQ(damaged.damage.back(), std::pair(missing.front(), missing.back()));
}

// The disk may give up more than that; what comes behind it in the same stretch of the index is not looked for.
TEST(Damage, ThatTheDiskReportsItselfIsFoundAndRepairedLikewise) {
  const Index index = middle();
  DamagedLog damaged(good());
  damaged.folder.give_up(segment_name(place_of(index).segment), place_of(index).byte);
  const auto missing = damaged.unreadable();
  ASSERT_FALSE(missing.empty());
  EXPECT_EQ(missing.front(), index);
  EXPECT_EQ(damaged.damage.front(), std::pair(index, index));
  for (const Index one : missing) {
    EXPECT_EQ(place_of(one).segment, place_of(index).segment);
    ASSERT_TRUE(damaged.repair(one));
  }
  EXPECT_TRUE(damaged.unreadable().empty());
}

// It may answer another time: a start changes nothing then, whatever others have.
TEST(Damage, ThatTheDiskReportsAtAStartEndsIt) {
  const Index last = entries_count;
  Image image = good();
  std::erase_if(image, [](const auto& file) { return file.first.ends_with(".checkpoint"); });
  MemoryFolder folder(image);
  folder.give_up(segment_name(place_of(last).segment), place_of(last).byte);
  const auto log = SegmentedLog::open(
      folder.folder(), {.segment_bytes = test::small_segment_bytes, .has_others = true}, {}, {});
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().code, std::errc::io_error) << log.error().what;
  EXPECT_EQ(folder.written(), image);
}

TEST(Damage, OfARecordThatIsNoEntryHidesNone) {
  const Index index = middle();
  Image image = good();
  flip(image, index, 700 + 8);  // the hint behind it
  EXPECT_TRUE(DamagedLog(image).unreadable().empty());
}

TEST(Damage, IsMetOnlyByWhoReadsThere) {
  const Index index = middle();
  Image image = good();
  flip(image, index);
  DamagedLog damaged(image);
  const auto before = test::read(*damaged.log->store, 1, entries_count + 1);
  ASSERT_TRUE(before);
  EXPECT_EQ(before->size(), index - 1);
  EXPECT_TRUE(damaged.damage.empty());
  const auto messages = test::read_messages(*damaged.log->store, index - 1, entries_count + 1);
  ASSERT_FALSE(messages);
  EXPECT_EQ(messages.error().code, LogError::damaged);
  EXPECT_NE(messages.error().what.find(segment_name(place_of(index).segment)), std::string::npos);
}

TEST(Repair, IsReadWhereTheSegmentIsDamaged) {
  const Index index = middle();
  Image image = good();
  flip(image, index);
  flip(image, index + 1);
  DamagedLog damaged(image);
  ASSERT_TRUE(damaged.repair(index + 1));
  EXPECT_EQ(damaged.unreadable(), (Indexes{index}));
  ASSERT_TRUE(damaged.repair(index));  // beside the other one
  EXPECT_TRUE(damaged.unreadable().empty());
  for (Offset offset = 0; offset < entries_count; ++offset) {
    const auto found = test::read_messages(*damaged.log->store, offset, entries_count + 1);
    ASSERT_TRUE(found) << found.error().what;
    EXPECT_EQ(found->offset, offset);
    EXPECT_EQ(found->entries.front()->sum, entry(offset + 1)->sum);
  }
}

TEST(Repair, IsThereAfterARestart) {
  const Index index = middle();
  Image image = good();
  flip(image, index);
  DamagedLog damaged(image);
  ASSERT_TRUE(damaged.repair(index));
  EXPECT_TRUE(DamagedLog(damaged.folder.durable()).unreadable().empty());
}

TEST(Repair, NeverTouchesTheSegments) {
  Image image = good();
  flip(image, middle());
  DamagedLog damaged(image);
  ASSERT_TRUE(damaged.repair(middle()));
  for (const auto& [name, contents] : damaged.folder.written()) {
    if (!segment_number(name)) continue;
    EXPECT_EQ(contents, image.at(name)) << name;
  }
}

TEST(Repair, WithAnEntryOfAnotherBallotIsNone) {
  const Index index = middle();
  Image image = good();
  flip(image, index);
  DamagedLog damaged(image);
  const Ballot other{.round = 9, .priority = 0, .id = NodeId{9}};
  ASSERT_TRUE(damaged.repair({{index, make_entry(index, other, 0, Noop{})}}));
  EXPECT_EQ(damaged.unreadable(), (Indexes{index}));
}

TEST(Repair, ThatIsBrokenIsNoneAndIsReplaced) {
  const Index index = middle();
  Image image = good();
  flip(image, index);
  DamagedLog damaged(image);
  ASSERT_TRUE(damaged.repair(index));
  image = damaged.folder.durable();
  const auto segment = decode_segment_header(test::segment(image, place_of(index).segment));
  ASSERT_TRUE(segment);
  auto& file = image.at(repair_name(place_of(index).segment));
  const auto decoded = [&] {
    return decode_repair(*segment, Bytes::copy_of({reinterpret_cast<const char*>(file.data()), file.size()}));
  };
  ASSERT_TRUE(decoded());
  for (std::size_t bit = 0; bit < 8 * file.size(); bit += 7) {
    file[bit / 8] ^= std::byte{1} << (bit % 8);
    ASSERT_FALSE(decoded()) << bit;
    file[bit / 8] ^= std::byte{1} << (bit % 8);
  }
  file[100] ^= std::byte{1};
  DamagedLog again(image);
  EXPECT_EQ(again.unreadable(), (Indexes{index}));
  ASSERT_TRUE(again.repair(index));
  EXPECT_TRUE(again.unreadable().empty());
}

TEST(Repair, OfAnUndamagedLogIsNotLookedFor) {
  Image image = good();
  image[repair_name(1)] = {};  // it would be noticed by inspect alone
  DamagedLog whole(image);
  EXPECT_TRUE(whole.unreadable().empty());
}

TEST(Repair, CutShortByAPowerCutLeavesTheOneBeforeOrTheNewOne) {
  const Index index = middle();
  Image image = good();
  flip(image, index);
  flip(image, index + 1);
  int operations = 0;
  {
    DamagedLog damaged(image);
    ASSERT_TRUE(damaged.repair(index));
    const int before = damaged.folder.operations();
    image = damaged.folder.durable();
    ASSERT_TRUE(damaged.repair(index + 1));
    operations = damaged.folder.operations() - before;
  }
  std::mt19937 random(1);
  for (int operation = 0; operation < operations; ++operation) {
    DamagedLog damaged(image);
    damaged.folder.cut_power_at(damaged.folder.operations() + operation);
    EXPECT_FALSE(damaged.repair(index + 1));
    for (int i = 0; i < 10; ++i) {
      DamagedLog after(damaged.folder.torn([&] { return random() % 2 == 0; }));
      const auto missing = after.unreadable();
      EXPECT_TRUE(missing.empty() || missing == Indexes{index + 1}) << operation;
      ASSERT_TRUE(after.repair(index + 1));
      EXPECT_TRUE(after.unreadable().empty());
      for (const auto& [name, contents] : after.folder.durable())
        EXPECT_FALSE(name.ends_with(staging_suffix));
    }
  }
}

TEST(Repair, WithoutRoomLeavesNothingBehind) {
  const Index index = middle();
  Image image = good();
  flip(image, index);
  DamagedLog damaged(image);
  std::uint64_t used = 0;
  for (const auto& [name, contents] : damaged.folder.written()) used += contents.size();
  damaged.folder.set_capacity(used + 100);
  EXPECT_FALSE(damaged.repair(index));
  for (const auto& [name, contents] : damaged.folder.written()) EXPECT_FALSE(name.ends_with(staging_suffix));
  EXPECT_FALSE(damaged.folder.written().contains(repair_name(place_of(index).segment)));
  damaged.folder.set_capacity({});
  ASSERT_TRUE(damaged.repair(index));
  EXPECT_TRUE(damaged.unreadable().empty());
}

TEST(Repair, GoesWithItsSegment) {
  const Index index = middle();
  Image image = good();
  flip(image, index);
  DamagedLog damaged(image);
  ASSERT_TRUE(damaged.repair(index));
  const std::string name = repair_name(place_of(index).segment);
  ASSERT_TRUE(damaged.folder.durable().contains(name));
  const auto base = test::snapshot_of(damaged.log->state);
  damaged.log->store->write(test::Numbering().number({replication::CompactRecord{base}}));
  damaged.log->store->close();
  EXPECT_FALSE(damaged.folder.durable().contains(name));
  EXPECT_FALSE(damaged.folder.durable().contains(segment_name(place_of(index).segment)));
}

// ---- inspect

TEST(Repair, IsListedAndCountsAsRepaired) {
  const Index index = middle();
  Image image = good();
  flip(image, index);
  const auto verified = [](const Image& log) {
    MemoryFolder memory(log);
    const auto folder = memory.folder();
    return verify_log(*folder, inspect_log(*folder), {});
  };
  EXPECT_EQ(verified(image).problems.size(), 1u);
  EXPECT_TRUE(verified(image).repaired.empty());
  DamagedLog damaged(image);
  ASSERT_TRUE(damaged.repair(index));
  damaged.log->store->close();
  image = damaged.folder.durable();
  MemoryFolder memory(image);
  const auto folder = memory.folder();
  const auto found = inspect_log(*folder);
  ASSERT_EQ(found.repairs.size(), 1u);
  EXPECT_EQ(found.repairs.front().segment, place_of(index).segment);
  EXPECT_EQ(found.repairs.front().entries, 1u);
  EXPECT_TRUE(verified(image).problems.empty());
  ASSERT_EQ(verified(image).repaired.size(), 1u);
  EXPECT_NE(verified(image).repaired.front().find(repair_name(place_of(index).segment)), std::string::npos);
  flip(image, index + 1);
  EXPECT_EQ(verified(image).problems.size(), 1u);
}

// Or a node that is always started with --rejoin would come back as a new member each time.
TEST(Repair, MakesALogWholeForWhoAsksForEachRecord) {
  const Index index = middle();
  Image image = good();
  flip(image, index);
  const auto checked = [](const Image& log) {
    MemoryFolder memory(log);
    return check_log(*memory.folder());
  };
  EXPECT_FALSE(checked(image));
  DamagedLog damaged(image);
  ASSERT_TRUE(damaged.repair(index));
  damaged.log->store->close();
  image = damaged.folder.durable();
  EXPECT_TRUE(checked(image));
  flip(image, index + 1);
  EXPECT_FALSE(checked(image));
}

}  // namespace
}  // namespace bellwether::storage
