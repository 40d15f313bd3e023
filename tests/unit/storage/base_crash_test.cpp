// The power goes off at each operation of a log whose front is dropped, and which is replaced by a snapshot, one run
// after the other: what it had reported durable is there, and it goes on from there.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

#include "samples.hpp"

namespace bellwether::storage {
namespace {

using replication::CompactRecord;
using replication::DecidedRecord;
using replication::InstallRecord;
using replication::Record;
using replication::SnapshotPtr;
using replication::StableState;
using test::append;
using test::batch;
using test::Image;
using test::MemoryFolder;
using test::promise;

std::string text(Index index) { return std::string(900, static_cast<char>('a' + index % 26)); }

// What a leader has that decided so many entries.
SnapshotPtr leaders_snapshot(Index index) {
  StableState state;
  for (Index at = 1; at <= index; ++at) EXPECT_TRUE(state.replay(append(at, {batch(at, text(at))})));
  EXPECT_TRUE(state.replay(DecidedRecord{index}));
  return test::snapshot_of(state);
}

struct Story {
  std::vector<std::vector<Record>> batches;

  void entries(Index from, Index upto) {
    for (Index index = from; index <= upto; ++index) {
      batches.push_back({append(index, {batch(index, text(index))}), DecidedRecord{index - 1}});
    }
  }
};

// Through some ten segments: the front is dropped twice; a snapshot of entries that were never here comes; the front
// is dropped again; a snapshot comes of an entry that is here, but another one.
std::vector<std::vector<Record>> make_story() {
  Story story;
  story.batches.push_back({promise(2)});
  story.entries(1, 9);
  story.batches.push_back({CompactRecord{leaders_snapshot(6)}});
  story.entries(10, 14);
  story.batches.push_back({CompactRecord{leaders_snapshot(12)}});
  story.batches.push_back({promise(3), InstallRecord{leaders_snapshot(30)}});
  story.entries(31, 38);
  story.batches.push_back({CompactRecord{leaders_snapshot(35)}});
  story.batches.push_back({append(39, {batch(39, "not decided"), batch(40, "nor this")})});
  story.batches.push_back({InstallRecord{leaders_snapshot(39)}});
  story.entries(40, 44);
  return story.batches;
}

const std::vector<std::vector<Record>>& story() {
  static const auto batches = make_story();
  return batches;
}

// The states that it goes through, record by record.
const std::vector<std::string>& states() {
  static const auto states = [] {
    std::vector<Record> all;
    for (const auto& records : story()) all.insert(all.end(), records.begin(), records.end());
    return test::prefix_summaries(all);
  }();
  return states;
}

struct Outcome {
  int operations = 0;
  std::size_t durable_batches = 0;
};

Outcome run(MemoryFolder& folder, std::optional<int> power_until) {
  if (power_until) folder.cut_power_at(*power_until);
  test::Listener listener;
  test::Numbering numbering;
  Outcome outcome;
  StableState state;
  const auto log = test::open(folder, listener);
  if (!log) return outcome;
  for (const auto& records : story()) {
    for (const Record& record : records) {
      const auto replayed = state.replay(record);
      EXPECT_TRUE(replayed) << replayed.error().what;
    }
    auto numbered = numbering.number(records);
    const RecordNumber last = numbered.back().number;
    log->store->write(std::move(numbered));
    if (!listener.wait_for_durable_or_failure(last)) break;
    ++outcome.durable_batches;
    if (state.decided() >= log->store->checkpoint_due())
      log->store->write_checkpoint(test::checkpoint_of(state));
  }
  log->store->close();
  outcome.operations = folder.operations();
  return outcome;
}

bool is_allowed(const std::string& found, std::size_t durable_batches) {
  std::size_t durable = 0;  // an append is as many records as it has entries
  for (std::size_t i = 0; i < durable_batches; ++i) {
    for (const Record& record : story()[i]) {
      const auto* append = std::get_if<replication::AppendRecord>(&record);
      durable += append ? append->entries.size() : 1;
    }
  }
  return std::find(states().begin() + static_cast<std::ptrdiff_t>(durable), states().end(), found) !=
         states().end();
}

void expect_reads(LogStore& store, const StableState& state, const std::string& what) {
  const Index base = index_of(state.base());
  for (Index index = base + 1; index <= state.last(); ++index) {
    const auto read = test::read(store, index, index + 1);
    ASSERT_TRUE(read) << what << ", entry " << index << ": " << read.error().what;
  }
  if (base == 0) return;
  const auto dropped = test::read(store, base, base + 1);
  ASSERT_FALSE(dropped) << what;
  ASSERT_EQ(dropped.error().code, LogError::dropped) << what << ": " << dropped.error().what;
}

void expect_recovers(MemoryFolder& after, const Outcome& outcome, const std::string& what) {
  std::string found;
  {
    test::Listener listener;
    const auto log = test::open(after, listener);
    ASSERT_TRUE(log) << what << ": " << log.error().what;
    found = test::summary(log->state);
    ASSERT_TRUE(is_allowed(found, outcome.durable_batches)) << what << ": " << found;
    ASSERT_NO_FATAL_FAILURE(expect_reads(*log->store, log->state, what));
    auto next = log->state;
    ASSERT_TRUE(next.replay(promise(50)));
    const Index index = next.last() + 1;
    ASSERT_TRUE(next.replay(append(index, {batch(index, text(index))})));
    found = test::summary(next);
    log->store->write(test::Numbering().number({promise(50), append(index, {batch(index, text(index))})}));
    ASSERT_TRUE(listener.wait_for_durable(2)) << what;
  }
  const auto again = test::read(after.durable());
  ASSERT_TRUE(again) << what << ": " << again.error().what;
  EXPECT_EQ(test::summary(again->state), found) << what;
}

void expect_recovers(const Image& image, const Outcome& outcome, const std::string& what) {
  MemoryFolder after(image);
  expect_recovers(after, outcome, what);
}

TEST(BaseCrash, OfThePowerAtEachOperationLosesNothingThatWasDurable) {
  MemoryFolder whole;
  const int operations = run(whole, {}).operations;
  ASSERT_GT(operations, 100);
  std::mt19937 random(1);
  for (int operation = 0; operation <= operations; ++operation) {
    MemoryFolder folder;
    const Outcome outcome = run(folder, operation);
    const std::string what = "operation " + std::to_string(operation);
    ASSERT_NO_FATAL_FAILURE(expect_recovers(folder.durable(), outcome, what + ", all unsynced lost"));
    ASSERT_NO_FATAL_FAILURE(expect_recovers(folder.written(), outcome, what + ", nothing lost"));
    for (int i = 0; i < 3; ++i) {
      const Image torn = folder.torn([&] { return random() % 2 == 0; });
      ASSERT_NO_FATAL_FAILURE(expect_recovers(torn, outcome, what + ", torn, " + std::to_string(i)));
    }
  }
}

TEST(BaseCrash, OfTheProcessAtEachOperationLosesNothing) {
  MemoryFolder whole;
  const int operations = run(whole, {}).operations;
  for (int operation = 0; operation <= operations; ++operation) {
    MemoryFolder folder;
    const Outcome outcome = run(folder, operation);
    folder.restart_process();
    ASSERT_NO_FATAL_FAILURE(expect_recovers(folder, outcome, "operation " + std::to_string(operation)));
  }
}

// The start removes what is left of the front: it may be cut off, too.
TEST(BaseCrash, OfAStartThatRemovesTheFrontDoesNoHarm) {
  MemoryFolder whole;
  const Outcome outcome = run(whole, {});
  Image image = whole.written();
  for (int operation = 0; operation < 12; ++operation) {
    MemoryFolder folder(image);
    folder.cut_power_at(operation);
    { const auto log = test::open(folder); }
    std::mt19937 random(static_cast<unsigned>(operation));
    for (int i = 0; i < 4; ++i) {
      const Image torn = folder.torn([&] { return random() % 2 == 0; });
      ASSERT_NO_FATAL_FAILURE(expect_recovers(torn, outcome, "operation " + std::to_string(operation)));
    }
  }
}

}  // namespace
}  // namespace bellwether::storage
