// A start that goes on after damage (consensus.md S6), against a model of everything that the log had ever said.
#include "storage/salvage.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <ranges>
#include <set>
#include <string>

#include "samples.hpp"
#include "state/state_encoding.hpp"
#include "storage/file_window.hpp"
#include "storage/index_file.hpp"
#include "storage/inspection.hpp"
#include "storage/record_reader.hpp"

namespace bellwether::storage {
namespace {

using replication::AppendRecord;
using replication::CompactRecord;
using replication::DecidedRecord;
using replication::LogEnd;
using replication::PromiseRecord;
using replication::Record;
using replication::TruncateRecord;
using test::Image;
using test::MemoryFolder;

using Batches = std::vector<std::vector<Record>>;

Ballot ballot(std::uint64_t round) { return {.round = round, .priority = 5, .id = NodeId{1}}; }

// Of one message, or of two.
EntryPtr entry(Index index, std::uint64_t round, std::size_t bytes, std::uint32_t count = 1) {
  std::string messages;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto size = static_cast<std::uint32_t>(bytes);
    messages.append(reinterpret_cast<const char*>(&size), sizeof size);
    messages.append(bytes, static_cast<char>('a' + (index + round + i) % 26));
  }
  const Group group{.count = count, .bytes = static_cast<std::uint32_t>(messages.size())};
  return make_entry(index, ballot(round), 1'700'000'000'000 + index, Batch{{group}},
                    {Bytes::copy_of(messages)});
}

// All that a log was told, and what may be left of it.
class Model {
 public:
  Model() = default;
  explicit Model(const Batches& batches) {
    for (const auto& batch : batches) {
      for (const Record& record : batch) add(record);
    }
    for (Index index = 1; index <= log_.size(); ++index) {
      before_.push_back(before_.back());
      before_.back().apply(index, *log_[index - 1]);
    }
  }

  const replication::StableState& state() const { return state_; }
  Index last() const { return log_.size(); }
  EntryPtr at(Index index) const { return log_[index - 1]; }
  LogEnd end() const { return {state_.ballots().last_ballot(), last()}; }

  // Whether a node may go on with that.
  void expect_safe(const replication::StableState& left) const {
    EXPECT_GE(left.promised(), state_.promised());
    EXPECT_GE(left.is_removed(), state_.is_removed());
    ASSERT_LE(left.decided(), state_.decided());
    EXPECT_EQ(state::encode(left.decided_state()), state::encode(before_[left.decided()]));
    std::vector<std::uint64_t> sums;
    for (const EntryPtr& one : left.undecided()) sums.push_back(one->sum);
    EXPECT_TRUE(was_like_that(left.decided(), sums)) << "entries that never followed one another";
    if (LogEnd{left.ballots().last_ballot(), left.last()} != end()) {
      EXPECT_GE(left.lost(), end());
    }
  }

 private:
  void add(const Record& record) {
    ASSERT_TRUE(state_.replay(record));
    if (const auto* append = std::get_if<AppendRecord>(&record)) {
      for (const EntryPtr& one : append->entries) {
        log_.push_back(one);
        moments_.push_back(log_);
      }
    } else if (const auto* truncate = std::get_if<TruncateRecord>(&record)) {
      log_.resize(truncate->from - 1);
      moments_.push_back(log_);
    }
  }

  // The decided entries with these behind them.
  bool was_like_that(Index decided, const std::vector<std::uint64_t>& undecided) const {
    std::vector<std::uint64_t> left;
    for (Index index = 1; index <= decided; ++index) left.push_back(at(index)->sum);
    left.insert(left.end(), undecided.begin(), undecided.end());
    return std::ranges::any_of(moments_, [&](const std::vector<EntryPtr>& log) {
      return log.size() >= left.size() &&
             std::ranges::equal(left, log | std::views::take(left.size()), {}, {},
                                [](const EntryPtr& one) { return one->sum; });
    });
  }

  replication::StableState state_;
  std::vector<EntryPtr> log_;
  std::vector<std::vector<EntryPtr>> moments_{{}};
  std::vector<state::State> before_{state::State()};  // [i]: after entry i
};

// Elections, entries of all leaders, conflicts, here and there a snapshot in the place of the oldest entries: what a
// follower's log looks like.
Batches life(unsigned seed, int batches) {
  std::mt19937 random(seed);
  const auto below = [&](unsigned bound) { return static_cast<unsigned>(random() % bound); };
  const bool drops = seed % 2 == 0;
  Batches all;
  replication::StableState state;
  Index last = 0;
  Index decided = 0;
  std::uint64_t round = 1;
  for (int i = 0; i < batches; ++i) {
    std::vector<Record> batch;
    if (i == 0 || below(6) == 0) {
      ++round;
      batch.push_back(PromiseRecord{ballot(round)});
      if (last > decided && below(2) == 0) {
        const Index from = decided + 1 + below(static_cast<unsigned>(last - decided));
        batch.push_back(TruncateRecord{from});
        last = from - 1;
      }
    }
    for (unsigned count = 1 + below(2); count > 0; --count) {
      ++last;
      batch.push_back(
          AppendRecord{.first = last, .entries = {entry(last, round, 20 + below(300), 1 + below(2))}});
    }
    if (below(3) == 0) {
      decided += below(static_cast<unsigned>(last - decided) + 1);
      batch.push_back(DecidedRecord{decided});
    }
    for (const Record& record : batch) EXPECT_TRUE(state.replay(record));
    if (drops && i % 10 == 9 && decided > index_of(state.base())) {
      batch.push_back(CompactRecord{test::snapshot_of(state)});
      EXPECT_TRUE(state.replay(batch.back()));
    }
    all.push_back(std::move(batch));
  }
  for (int i = 0; i < 12; ++i) all.push_back({PromiseRecord{ballot(++round)}});
  return all;
}

Result<LogStore::Opened> open(MemoryFolder& folder, const LogStore::Events& events = {}) {
  return SegmentedLog::open(folder.folder(), {.segment_bytes = test::small_segment_bytes, .has_others = true},
                            events, {});
}

std::string all_of(const replication::StableState& state) {
  return test::summary(state) + "lost " + std::to_string(state.lost().ballot.round) + " " +
         std::to_string(state.lost().index);
}

struct Place {
  std::uint64_t segment = 0;
  RecordHeader header;
  std::size_t at = 0;  // in the file
  bool is_newest = false;

  // An append's own sum guards what is behind its header, and its record's does not.
  std::size_t body() const { return at + record_header_bytes + guarded_payload_bytes; }
  std::size_t end() const { return at + header.bytes(); }
  bool has_body() const { return header.kind == RecordKind::append && end() > body(); }
};

std::vector<Place> records_in(const Image& image) {
  MemoryFolder memory(image);
  const auto folder = memory.folder();
  std::vector<Place> places;
  const auto segments = list_segments(*folder);
  for (const ListedSegment& listed : *segments) {
    const auto disk = folder->open(segment_name(listed.header.number));
    FileWindow window(**disk);
    RecordReader records(listed.header, listed.header.records_start(),
                         [&](std::uint64_t at, std::size_t count) { return window.view(at, count); });
    while (auto record = *records.next())
      places.push_back({.segment = listed.header.number,
                        .header = record->header,
                        .at = static_cast<std::size_t>(record->position - listed.header.start)});
  }
  for (Place& place : places) place.is_newest = place.segment == places.back().segment;
  return places;
}

// What stands at each index must be what was decided there, or an error.
void expect_nothing_wrong_is_served(LogStore& store, const replication::StableState& left,
                                    const Model& model) {
  for (Index index = index_of(left.base()) + 1; index <= left.decided(); ++index) {
    const auto found = test::read(store, index, index + 1);
    if (found) {
      ASSERT_EQ(found->size(), 1u);
      EXPECT_EQ(found->front()->sum, model.at(index)->sum) << index;
    }
  }
  for (Index index = left.decided() + 1; index <= left.last(); ++index) {
    const auto found = test::read(store, index, index + 1);
    // Those are in memory; what is behind an unreadable entry in an old segment is found by reading past it.
    if (!found && left.lost().index == 0) continue;
    ASSERT_TRUE(found) << "entry " << index << ": " << found.error().what;
    EXPECT_EQ(found->front()->sum, left.undecided()[index - left.decided() - 1]->sum);
  }
  EXPECT_FALSE(test::read(store, left.last() + 1, left.last() + 2));
  Offset offset = 0;
  for (Index index = 1; index <= left.decided(); ++index) {
    const auto found = test::read_messages(store, offset, left.decided() + 1);
    if (found && index > index_of(left.base())) {
      EXPECT_EQ(found->first, index);
      EXPECT_EQ(found->offset, offset);
      EXPECT_EQ(found->entries.front()->sum, model.at(index)->sum) << "message " << offset;
    }
    offset += model.at(index)->message_count();
  }
}

enum class Outcome { refused, whole, lost };

// Opens it, twice, appends, and opens it again.
Outcome play(const Image& image, const Model& model) {
  MemoryFolder folder(image);
  replication::StableState left;
  {
    const auto log = open(folder);
    if (!log) {
      EXPECT_EQ(log.error().code, std::errc::bad_message) << log.error().what;
      EXPECT_EQ(folder.operations(), 1)
          << "it looks at the directory and changes nothing: " << log.error().what;
      return Outcome::refused;
    }
    EXPECT_FALSE(log->report.notes.empty());
    left = log->state;
    SCOPED_TRACE(log->report.notes.empty() ? "no note" : log->report.notes.front());
    model.expect_safe(left);
    expect_nothing_wrong_is_served(*log->store, left, model);
  }
  test::Listener listener;
  const auto again = open(folder, listener.events());
  EXPECT_TRUE(again) << again.error().what;
  if (!again) return Outcome::refused;
  EXPECT_EQ(all_of(again->state), all_of(left));
  const EntryPtr more = entry(left.last() + 1, left.promised().round + 1, 700);
  std::vector<Record> records{PromiseRecord{ballot(left.promised().round + 1)},
                              AppendRecord{.first = left.last() + 1, .entries = {more}}};
  again->store->write(test::Numbering().number(records));
  EXPECT_TRUE(listener.wait_for_durable(2));
  for (const Record& record : records) EXPECT_TRUE(left.replay(record));
  const auto found = test::read(*again->store, left.last(), left.last() + 1);
  EXPECT_TRUE(found && found->front()->sum == more->sum);
  again->store->close();
  const auto last = open(folder);
  EXPECT_TRUE(last) << last.error().what;
  if (last) {
    EXPECT_EQ(all_of(last->state), all_of(left));
  }
  return left.lost().index > 0 ? Outcome::lost : Outcome::whole;
}

Image flipped(Image image, std::uint64_t segment, std::size_t at) {
  test::segment(image, segment)[at] ^= std::byte{4};
  return image;
}

Image zeroed(Image image, std::uint64_t segment, std::size_t from, std::size_t bytes) {
  memory::Contents& contents = test::segment(image, segment);
  const std::size_t end = std::min(contents.size(), from + bytes);
  std::fill(contents.begin() + static_cast<std::ptrdiff_t>(from),
            contents.begin() + static_cast<std::ptrdiff_t>(end), std::byte{0});
  return image;
}

// With a checkpoint from the moment when this entry was decided: the reading begins later, and the damage may be before
// it.
Image with_checkpoint(const Image& image, const Batches& batches, Index index) {
  MemoryFolder memory(image);
  const auto folder = memory.folder();
  const LogId log = list_segments(*folder)->front().header.log;
  replication::StableState state;
  for (const auto& batch : batches) {
    for (const Record& record : batch) {
      EXPECT_TRUE(state.replay(record));
      if (state.decided() < index) continue;
      EXPECT_TRUE(write_checkpoint(*folder, log, test::checkpoint_of(state)));
      return memory.written();
    }
  }
  return image;
}

class GoingOnAfterDamage : public testing::TestWithParam<unsigned> {
 protected:
  // As long as it takes until there are entries in the newest segment.
  GoingOnAfterDamage() {
    for (int batches = 24; !has_entries_in_newest(); ++batches) {
      batches_ = life(GetParam(), batches);
      image_ = test::image_of(batches_);
      places_ = records_in(image_);
      const std::size_t end = places_.back().end();
      // What is damaged with everything behind it looks like an unfinished write (docs/storage.md, Limits).
      std::erase_if(places_, [&](const Place& place) { return place.is_newest && place.end() + 600 > end; });
    }
    model_ = Model(batches_);
  }

  bool has_entries_in_newest() const {
    return std::ranges::count_if(places_,
                                 [](const Place& place) { return place.is_newest && place.has_body(); }) > 2;
  }

  Batches batches_;
  Model model_;
  Image image_;
  std::vector<Place> places_;
};

TEST_P(GoingOnAfterDamage, AFlippedBitOfAnyRecordIsRefusedOrGoneOnFromSafely) {
  int lost_of_newest = 0;
  for (const Place& place : places_) {
    const std::size_t step = std::max<std::size_t>(1, place.header.bytes() / 4);
    for (std::size_t at = place.at; at < place.end(); at += step) {
      SCOPED_TRACE(segment_name(place.segment) + " at " + std::to_string(at));
      const Outcome outcome = play(flipped(image_, place.segment, at), model_);
      const bool is_body = place.has_body() && at >= place.body();
      const bool may_be_a_promise = place.header.kind == RecordKind::opening || (place.is_newest && !is_body);
      EXPECT_EQ(outcome == Outcome::refused, may_be_a_promise);
      if (is_body && place.is_newest && outcome == Outcome::lost) ++lost_of_newest;
    }
  }
  EXPECT_GT(lost_of_newest, 0);
}

TEST_P(GoingOnAfterDamage, ZerosAnywhereAreRefusedOrGoneOnFromSafely) {
  for (const Place& place : places_) {
    for (const std::size_t bytes : {64U, 512U}) {
      SCOPED_TRACE(segment_name(place.segment) + " at " + std::to_string(place.at) + ", " +
                   std::to_string(bytes));
      const Image damaged = zeroed(image_, place.segment, place.at + 40, bytes);
      if (damaged != image_) play(damaged, model_);
    }
  }
}

TEST_P(GoingOnAfterDamage, TwoDamagedPlacesAreRefusedOrGoneOnFromSafely) {
  for (std::size_t i = 0; i < places_.size(); i += 4) {
    for (std::size_t j = i + 1; j < places_.size(); j += 7) {
      SCOPED_TRACE(std::to_string(i) + " and " + std::to_string(j));
      const Image once = flipped(image_, places_[i].segment, places_[i].end() - 1);
      play(flipped(once, places_[j].segment, places_[j].end() - 1), model_);
    }
  }
}

TEST_P(GoingOnAfterDamage, BelowACheckpointNothingIsMissing) {
  for (Index index = 3; index <= model_.state().decided(); index += 4) {
    const Image image = with_checkpoint(image_, batches_, index);
    for (const Place& place : places_) {
      if (!place.has_body()) continue;
      SCOPED_TRACE("checkpoint " + std::to_string(index) + ", " + segment_name(place.segment) + " at " +
                   std::to_string(place.at));
      MemoryFolder folder(flipped(image, place.segment, place.end() - 1));
      const auto log = open(folder);
      ASSERT_TRUE(log) << log.error().what;
      EXPECT_GE(log->state.decided(), index);
      model_.expect_safe(log->state);
      expect_nothing_wrong_is_served(*log->store, log->state, model_);
    }
  }
}

TEST_P(GoingOnAfterDamage, ACrashAtAnyOperationLeavesTheSameResult) {
  int tried = 0;
  for (const Place& place : places_) {
    if (!place.has_body()) continue;
    const Image damaged = flipped(image_, place.segment, place.end() - 1);
    MemoryFolder whole(damaged);
    std::string expected;
    int operations = 0;
    {
      const auto log = open(whole);
      ASSERT_TRUE(log);
      expected = all_of(log->state);
      if (log->state.lost().index == 0) continue;
      operations = whole.operations();
    }
    if (tried++ % 4 != 0) continue;
    for (int cut = 0; cut <= operations; ++cut) {
      for (unsigned kept = 0; kept < 3; ++kept) {  // nothing, everything, or some of what was not synced
        SCOPED_TRACE(segment_name(place.segment) + " at " + std::to_string(place.at) + ", operation " +
                     std::to_string(cut));
        MemoryFolder folder(damaged);
        folder.cut_power_at(cut);
        (void)open(folder);
        std::mt19937 random(kept);
        MemoryFolder rest(folder.torn([&] { return kept == 1 || (kept == 2 && random() % 2 == 0); }));
        const auto log = open(rest);
        ASSERT_TRUE(log) << log.error().what;
        EXPECT_EQ(all_of(log->state), expected);
      }
    }
  }
  EXPECT_GT(tried, 0);
}

// Those before the new segment go when the base is in it, the oldest first, and a crash may leave any of them.
TEST_P(GoingOnAfterDamage, TheRemovalOfOldSegmentsBehindItMayBeCutShort) {
  int cut_short = 0;
  for (const Place& place : places_) {
    if (!place.has_body()) continue;
    const Image damaged = flipped(image_, place.segment, place.end() - 1);
    MemoryFolder folder(damaged);
    auto log = open(folder);
    ASSERT_TRUE(log);
    const std::string expected = all_of(log->state);
    log->store->close();
    Image image = folder.written();
    Image removed;
    for (const auto& [name, contents] : damaged) {
      if (segment_number(name) && !image.contains(name)) removed[name] = contents;
    }
    image.insert(removed.begin(), removed.end());
    for (const auto& [name, contents] : removed) {
      image.erase(name);
      SCOPED_TRACE(segment_name(place.segment) + " at " + std::to_string(place.at) + ", up to " + name);
      const auto again = test::read(image);
      ASSERT_TRUE(again) << again.error().what;
      EXPECT_EQ(all_of(again->state), expected);
      ++cut_short;
    }
  }
  EXPECT_EQ(cut_short > 0, model_.state().base() != nullptr);
}

// At the damage the log had other entries from 4 on than those that a checkpoint from later on covers.
TEST(AfterDamage, WhatFollowedAnotherEntryDoesNotFollowTheOneThatTheCheckpointCovers) {
  const auto appended = [](Index index, std::uint64_t round) {
    return AppendRecord{.first = index, .entries = {entry(index, round, 200)}};
  };
  Batches batches{{PromiseRecord{ballot(1)}}};
  for (Index index = 1; index <= 7; ++index) batches.push_back({appended(index, 1)});
  batches.push_back({DecidedRecord{3}, PromiseRecord{ballot(2)}, TruncateRecord{4}});
  for (Index index = 4; index <= 6; ++index) batches.push_back({appended(index, 2)});
  batches.push_back({DecidedRecord{5}, PromiseRecord{ballot(3)}});
  const Image image = with_checkpoint(test::image_of(batches), batches, 5);
  std::vector<Place> places = records_in(image);
  std::erase_if(places, [](const Place& place) { return !place.has_body(); });
  ASSERT_TRUE(places[6].is_newest);
  EXPECT_EQ(play(flipped(image, places[6].segment, places[6].end() - 1), Model(batches)), Outcome::lost);
}

// Nothing in the newest segment but its opening tells how the log ended.
TEST(AfterDamage, TheOpeningOfASegmentWithoutEntriesTellsWhereTheLogEnded) {
  Batches batches{{PromiseRecord{ballot(1)}}};
  for (Index index = 1; index <= 14; ++index)
    batches.push_back({AppendRecord{.first = index, .entries = {entry(index, 1, 250)}}});
  for (std::uint64_t round = 2; round <= 70; ++round) batches.push_back({PromiseRecord{ballot(round)}});
  const Image image = test::image_of(batches);
  std::vector<Place> places = records_in(image);
  std::erase_if(places, [](const Place& place) { return !place.has_body(); });
  ASSERT_FALSE(places.back().is_newest);
  for (const Place& place : places)
    EXPECT_EQ(play(flipped(image, place.segment, place.end() - 1), Model(batches)), Outcome::lost);
}

// And nothing but its opening tells what was promised.
TEST(AfterDamage, TheOpeningOfASegmentWithoutPromisesTellsWhatWasPromised) {
  Batches batches{{PromiseRecord{ballot(1)}}};
  for (Index index = 1; index <= 24; ++index) {
    batches.push_back({AppendRecord{.first = index, .entries = {entry(index, 1, 250)}}});
    if (index == 4) batches.push_back({PromiseRecord{ballot(9)}});
  }
  const Image image = test::image_of(batches);
  std::vector<Place> places = records_in(image);
  std::erase_if(places, [](const Place& place) { return !place.has_body(); });
  ASSERT_TRUE(places.back().is_newest);
  EXPECT_EQ(play(flipped(image, places[1].segment, places[1].end() - 1), Model(batches)), Outcome::lost);
}

INSTANTIATE_TEST_SUITE_P(Lives, GoingOnAfterDamage, testing::Values(1U, 2U));

}  // namespace
}  // namespace bellwether::storage
