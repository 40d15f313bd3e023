// The power goes off at each operation that the log does on its files, one run after the other: what it had
// reported durable is there, what it had not may be there as a whole prefix, and it goes on from there.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

#include "samples.hpp"

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

std::string text(Index index) { return std::string(900, static_cast<char>('a' + index % 26)); }

// Through five segments, with truncations back over their borders.
std::vector<std::vector<Record>> story() {
  std::vector<std::vector<Record>> batches{{promise(2)}};
  for (Index index = 1; index <= 8; ++index) {
    batches.push_back({append(index, {batch(index, text(index))}), DecidedRecord{index / 2}});
  }
  batches.push_back({promise(3), TruncateRecord{5}});
  for (Index index = 5; index <= 12; index += 2) {
    batches.push_back({append(index, {batch(index, text(index)), batch(index + 1, text(index + 1))}),
                       DecidedRecord{index}});
  }
  return batches;
}

struct Outcome {
  int operations = 0;
  std::size_t durable_batches = 0;
};

// Writes the story until the power goes off at that operation.
Outcome run(MemoryFolder& folder, std::optional<int> power_until) {
  if (power_until) folder.cut_power_at(*power_until);
  test::Listener listener;
  test::Numbering numbering;
  Outcome outcome;
  replication::StableState state;
  const auto log = test::open(folder, listener);
  if (!log) return outcome;
  for (const auto& records : story()) {
    for (const Record& record : records) EXPECT_TRUE(state.replay(record));
    auto numbered = numbering.number(records);
    // The last one of a batch may be a hint, which is durable with the next sync.
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

// Every state that the story goes through from `batches` on, record by record.
std::vector<std::string> allowed_from(std::size_t batches) {
  std::vector<Record> before;
  std::vector<Record> all;
  std::size_t count = 0;
  for (const auto& records : story()) {
    for (const Record& record : records) {
      all.push_back(record);
      if (count < batches) before.push_back(record);
    }
    ++count;
  }
  auto allowed = test::prefix_summaries(all);
  const auto skipped = test::prefix_summaries(before).size() - 1;
  allowed.erase(allowed.begin(), allowed.begin() + static_cast<std::ptrdiff_t>(skipped));
  return allowed;
}

void expect_recovers(const Image& image, const Outcome& outcome, const std::string& what) {
  MemoryFolder after(image);
  std::string found;
  {
    test::Listener listener;
    const auto log = test::open(after, listener);
    ASSERT_TRUE(log) << what << ": " << log.error().what;
    found = test::summary(log->state);
    const auto allowed = allowed_from(outcome.durable_batches);
    ASSERT_NE(std::ranges::find(allowed, found), allowed.end()) << what;
    for (Index index = 1; index <= log->state.last(); ++index) {
      ASSERT_TRUE(test::read(*log->store, index, index + 1)) << what << ", entry " << index;
    }
    auto next = log->state;
    ASSERT_TRUE(next.replay(promise(50)));
    found = test::summary(next);
    log->store->write(test::Numbering().number({promise(50)}));
    ASSERT_TRUE(listener.wait_for_durable(1)) << what;
  }
  const auto again = test::read(after.durable());
  ASSERT_TRUE(again) << what << ": " << again.error().what;
  EXPECT_EQ(test::summary(again->state), found) << what;
}

TEST(LogCrash, AtEachOperationLosesNothingThatWasDurable) {
  MemoryFolder whole;
  const int operations = run(whole, {}).operations;
  ASSERT_GT(operations, 60);
  std::mt19937 random(1);
  for (int operation = 0; operation <= operations; ++operation) {
    MemoryFolder folder;
    const Outcome outcome = run(folder, operation);
    const std::string what = "operation " + std::to_string(operation);
    expect_recovers(folder.durable(), outcome, what + ", all that was not synced lost");
    expect_recovers(folder.written(), outcome, what + ", nothing lost");
    for (int i = 0; i < 4; ++i) {
      const Image torn = folder.torn([&] { return random() % 2 == 0; });
      expect_recovers(torn, outcome, what + ", torn, " + std::to_string(i));
    }
  }
}

std::vector<Record> after_restart(const replication::StableState& found, int step) {
  if (step == 0) return {promise(50)};
  const Index index = found.last() + 1;
  return {append(index, {batch(index, text(index))})};
}

void expect_all_of(const replication::StableState& state, const MemoryFolder& folder,
                   const std::string& what) {
  std::mt19937 random(7);
  for (int i = 0; i < 4; ++i) {
    const auto reading = test::read(folder.torn([&] { return i > 0 && random() % 2 == 0; }));
    ASSERT_TRUE(reading) << what << ": " << reading.error().what;
    ASSERT_EQ(test::summary(reading->state), test::summary(state)) << what;
  }
}

// The process ended, the power stayed on until the next one had gone on with the log.
void expect_restarts(MemoryFolder& folder, const std::string& what) {
  folder.restart_process();
  const Image before = folder.written();
  test::Listener listener;
  test::Numbering numbering;
  const auto log = test::open(folder, listener);
  ASSERT_TRUE(log) << what << ": " << log.error().what;
  const Image durable = folder.durable();
  for (const auto& [name, contents] : before) {  // the log may be making another one by now
    if (name.ends_with(staging_suffix)) continue;
    EXPECT_TRUE(durable.contains(name)) << what << ": " << name << " may lose its name";
  }
  auto state = log->state;
  ASSERT_NO_FATAL_FAILURE(expect_all_of(state, folder, what + ", after the start"));
  for (int step = 0; step < 6; ++step) {  // into the next segment
    const auto records = after_restart(state, step);
    for (const Record& record : records) ASSERT_TRUE(state.replay(record)) << what;
    auto numbered = numbering.number(records);
    const RecordNumber last = numbered.back().number;
    log->store->write(std::move(numbered));
    ASSERT_TRUE(listener.wait_for_durable(last)) << what;
    ASSERT_NO_FATAL_FAILURE(expect_all_of(state, folder, what + ", step " + std::to_string(step)));
  }
}

TEST(LogCrash, OfTheProcessAndThenOfThePowerLosesNothingThatTheStartReliedOn) {
  MemoryFolder whole;
  const int operations = run(whole, {}).operations;
  for (int operation = 0; operation <= operations; ++operation) {
    MemoryFolder folder;
    run(folder, operation);
    expect_restarts(folder, "operation " + std::to_string(operation));
  }
}

// A crash of the recovery itself.
TEST(LogCrash, WhileATornEndIsCutOffDoesNoHarm) {
  MemoryFolder folder;
  test::Listener listener;
  test::Numbering numbering;
  const auto log = test::open(folder, listener);
  log->store->write(numbering.number({promise(2)}));
  ASSERT_TRUE(listener.wait_for_durable(1));
  ASSERT_TRUE(test::wait_for_segment(folder, 2));
  folder.hold_syncs();
  log->store->write(numbering.number({append(1, {batch(1, text(1)), batch(2, text(2))})}));
  folder.wait_until_a_sync_is_held();
  Image image = folder.written();
  folder.release_syncs();
  test::segment(image, 1)[700] ^= std::byte{1};
  for (int operation = 0; operation < 4; ++operation) {
    MemoryFolder torn(image);
    torn.cut_power_at(operation);
    (void)test::open(torn);
    std::mt19937 random(static_cast<unsigned>(operation));
    for (int i = 0; i < 20; ++i) {
      MemoryFolder after(torn.torn([&] { return random() % 2 == 0; }));
      const auto again = test::open(after);
      ASSERT_TRUE(again) << again.error().what;
      EXPECT_EQ(again->state.promised().round, 2u);
      EXPECT_EQ(again->state.last(), 0u);
    }
  }
}

}  // namespace
}  // namespace bellwether::storage
