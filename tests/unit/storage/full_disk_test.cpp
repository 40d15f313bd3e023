// The disk is full from each operation on that the log does on its files, one run after the other: nothing is
// half-written, what was reported durable is there, promises go on from the reserve, and so does the rest once there is
// room (consensus.md S5).
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>

#include "samples.hpp"
#include "storage/room_gauge.hpp"

namespace bellwether::storage {
namespace {

using namespace std::chrono_literals;
using replication::Room;
using test::append;
using test::batch;
using test::Image;
using test::MemoryFolder;
using test::promise;

// Small segments, and a reserve that fits them: messages of some 1,000 bytes.
const LogOptions options{.segment_bytes = test::small_segment_bytes,
                         .reserve = {.small_records = 800, .one_step = 1'200, .begun = 0},
                         .tries_again_after = 1ms};

std::string text(Index index) { return std::string(900, static_cast<char>('a' + index % 26)); }

// Writes as a node does: no message that is not sure to find room.
class Owner {
 public:
  explicit Owner(MemoryFolder& folder)
      : log_(SegmentedLog::open(folder.folder(), options, listener_.events(), {})) {
    if (log_) last_ = log_->state.last();
  }

  bool is_open() const { return log_.has_value(); }
  const Error& error() const { return log_.error(); }
  Index last() const { return last_; }
  int failures() const { return listener_.failures(); }

  bool wait_for_room() {  // false: there is none
    return wait([this] {
             return log_->store->fits(options.reserve.one_step) || log_->store->room(0) == Room::none;
           }) &&
           log_->store->room(0) != Room::none;
  }
  bool wait_until_there_is_room() {
    return wait([this] {
      return log_->store->fits(options.reserve.one_step) && log_->store->room(0) == Room::enough;
    });
  }
  bool write(std::vector<replication::Record> records) {
    auto numbered = numbering_.number(std::move(records));
    const RecordNumber number = numbered.back().number;
    log_->store->write(std::move(numbered));
    return listener_.wait_for_durable_or_failure(number);
  }
  // As many as there is room for, `most` at most.
  void write_messages(int most) {
    for (int i = 0; i < most && wait_for_room(); ++i) {
      if (!write({append(last_ + 1, {batch(last_ + 1, text(last_ + 1))})})) return;
      ++last_;
    }
  }
  // What the reserve is for.
  void write_small_records() {
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(write({promise(++round_)})) << listener_.failure();
    ASSERT_TRUE(write({append(last_ + 1, {test::noop(last_ + 1)})})) << listener_.failure();
    ++last_;
  }
  void close() { log_->store->close(); }

 private:
  template <typename Condition>
  static bool wait(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }

  test::Listener listener_;
  test::Numbering numbering_;
  Result<LogStore::Opened> log_;
  Index last_ = 0;
  std::uint64_t round_ = 1;
};

void expect_holds(const Image& image, Index last) {
  MemoryFolder folder(image);
  const auto log = test::open(folder);
  ASSERT_TRUE(log) << log.error().what;
  ASSERT_GE(log->state.last(), last);
  if (last == 0) return;
  const auto entries = test::read(*log->store, 1, last + 1);
  ASSERT_TRUE(entries) << entries.error().what;
  EXPECT_EQ(entries->size(), last);
}

constexpr int messages = 12;

int operations_of_a_run() {
  MemoryFolder folder;
  Owner owner(folder);
  owner.write_messages(messages);
  owner.close();
  return folder.operations();
}

TEST(FullDisk, WhereverItBeginsNothingIsLostOrHalfWrittenAndItGoesOn) {
  const int operations = operations_of_a_run();
  ASSERT_GT(operations, 20);
  for (int at = 0; at < operations; ++at) {
    SCOPED_TRACE("full from operation " + std::to_string(at) + " on");
    MemoryFolder folder;
    folder.fill_up_at(at);
    Owner owner(folder);
    if (!owner.is_open()) {
      EXPECT_EQ(owner.error().code, std::errc::no_space_on_device) << owner.error().what;
      continue;
    }
    owner.write_messages(messages);
    owner.write_small_records();
    ASSERT_FALSE(testing::Test::HasFatalFailure());
    const Index full_at = owner.last();
    expect_holds(folder.durable(), full_at);
    folder.set_capacity({});
    ASSERT_TRUE(owner.wait_until_there_is_room());
    owner.write_messages(messages);
    EXPECT_EQ(owner.last(), full_at + messages);
    EXPECT_EQ(owner.failures(), 0);
    owner.close();
    expect_holds(folder.durable(), full_at + messages);
  }
}

TEST(FullDisk, AStartOnItIsPossibleAgainAndAgain) {
  MemoryFolder folder;
  folder.set_capacity(3 * test::small_segment_bytes);
  Index last = 0;
  for (int start = 0; start < 4; ++start) {
    Owner owner(folder);
    ASSERT_TRUE(owner.is_open()) << owner.error().what;
    EXPECT_EQ(owner.last(), last);
    owner.write_messages(100);
    EXPECT_FALSE(owner.wait_for_room());
    EXPECT_TRUE(owner.write({promise(static_cast<std::uint64_t>(start) + 2)}));
    EXPECT_EQ(owner.failures(), 0);
    last = owner.last();
    owner.close();
  }
  EXPECT_GE(last, 4u);
}

TEST(FullDisk, AFirstStartWithoutRoomIsAnError) {
  MemoryFolder folder;
  folder.set_capacity(test::small_segment_bytes - 1);
  Owner owner(folder);
  ASSERT_FALSE(owner.is_open());
  EXPECT_EQ(owner.error().code, std::errc::no_space_on_device);
  EXPECT_TRUE(folder.written().empty());
}

TEST(FullDisk, ASideFileThatCannotBeWrittenTakesNoRoom) {
  MemoryFolder memory;
  const auto folder = memory.folder();
  memory.fill_up_at(1);  // there is a name for it, and no room for what is in it
  const std::string contents = "something";
  const Piece piece = std::as_bytes(std::span(contents));
  const auto written = replace_file(*folder, "side", {&piece, 1});
  ASSERT_FALSE(written);
  EXPECT_TRUE(is_no_room(written.error().code));
  EXPECT_TRUE(memory.written().empty());
}

constexpr Reserve reserve{.small_records = 100, .one_step = 200, .begun = 400};

TEST(RoomGauge, SaysThatThereIsNoneOnlyWhenTheNextSegmentCouldNotBeMade) {
  RoomGauge gauge(reserve, 5'000);
  gauge.on_written(0, 10);
  EXPECT_EQ(gauge.room(0), Room::enough);
  EXPECT_FALSE(gauge.fits(0));  // but takes no chances meanwhile
  gauge.on_spare_missing();
  EXPECT_EQ(gauge.room(0), Room::none);
  gauge.on_spare();
  EXPECT_EQ(gauge.room(0), Room::enough);
  EXPECT_TRUE(gauge.fits(0));
}

TEST(RoomGauge, WhatIsHandedOverIsTakenAlready) {
  RoomGauge gauge(reserve, 5'000);
  gauge.on_written(0, 1'000);
  gauge.on_spare_missing();
  EXPECT_EQ(gauge.room(300), Room::enough);
  EXPECT_EQ(gauge.room(301), Room::low);
  EXPECT_EQ(gauge.room(700), Room::low);
  EXPECT_EQ(gauge.room(701), Room::none);
  gauge.hand_over(300);
  EXPECT_EQ(gauge.room(0), Room::enough);
  EXPECT_EQ(gauge.for_messages(), 0u);
  gauge.hand_over(1);
  EXPECT_EQ(gauge.room(0), Room::low);
  gauge.on_written(301, 699);
  EXPECT_EQ(gauge.room(0), Room::low);
  EXPECT_TRUE(gauge.fits(599));
  EXPECT_FALSE(gauge.fits(600));
}

TEST(RoomGauge, GoingOnInTheNextSegmentTakesItAway) {
  RoomGauge gauge(reserve, 5'000);
  gauge.on_written(0, 100);
  gauge.on_spare();
  gauge.on_written(0, 900, true);
  EXPECT_TRUE(gauge.fits(800));
  EXPECT_FALSE(gauge.fits(801));
}

}  // namespace
}  // namespace bellwether::storage
