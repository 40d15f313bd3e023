// The log in a real directory.
#include "storage/log_store.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <string>

#include "samples.hpp"
#include "storage/segment_format.hpp"

namespace bellwether::storage {
namespace {

using test::append;
using test::batch;
using test::Listener;
using test::Numbering;

class LogStoreTest : public testing::Test {
 protected:
  Result<LogStore::Opened> open() { return LogStore::open(log_path, options, listener.events()); }

  test::TemporaryDirectory directory;
  std::filesystem::path log_path = directory.path() / "log";
  std::filesystem::path first_segment = log_path / segment_name(1);
  LogOptions options{.segment_bytes = 7 * 1024 * 1024};
  Listener listener;
  Numbering numbering;
};

TEST_F(LogStoreTest, SaysThatThereWasNoLog) {
  EXPECT_TRUE(open()->report.is_new);
  EXPECT_FALSE(open()->report.is_new);
}

TEST_F(LogStoreTest, ALogThatMayNotBeMadeIsNot) {
  options.may_create = false;
  for (int start = 0; start < 2; ++start) {
    const auto log = open();
    ASSERT_FALSE(log);
    EXPECT_EQ(log.error().code, std::errc::no_such_file_or_directory);
    EXPECT_FALSE(std::filesystem::exists(log_path));
  }
  std::filesystem::create_directory(log_path);
  EXPECT_FALSE(open());
  EXPECT_TRUE(std::filesystem::is_empty(log_path));
  options.may_create = true;
  EXPECT_TRUE(open());
  options.may_create = false;
  EXPECT_TRUE(open());
}

TEST_F(LogStoreTest, RecordsComeBackAsWritten) {
  constexpr Index entries = 300;
  {
    const auto log = open();
    ASSERT_TRUE(log) << log.error().what;
    std::vector<EntryPtr> batch_of_entries;
    for (Index index = 1; index <= entries; ++index) {
      batch_of_entries.push_back(batch(index, std::string(index * 50, static_cast<char>('a' + index % 26))));
    }
    log->store->write(numbering.number({test::promise(2), append(1, std::move(batch_of_entries))}));
    EXPECT_TRUE(listener.wait_for_durable(2));
  }
  const auto log = open();
  ASSERT_TRUE(log) << log.error().what;
  EXPECT_EQ(log->state.last(), entries);
  EXPECT_EQ(log->report.torn_bytes, 0u);
  std::promise<Result<std::vector<EntryPtr>>> answer;
  log->store->read(1, entries + 1, 100'000'000, [&](auto read) { answer.set_value(std::move(read)); });
  const auto read = answer.get_future().get();
  ASSERT_TRUE(read) << read.error().what;
  ASSERT_EQ(read->size(), entries);
  EXPECT_EQ(messages_of(*read->back()).text().substr(4), std::string(300 * 50, 'a' + 300 % 26));
}

TEST_F(LogStoreTest, EntriesLargerThanTheRecoverysWindowComeBack) {
  const std::string large(6 * 1024 * 1024, 'x');
  {
    const auto log = open();
    ASSERT_TRUE(log);
    log->store->write(numbering.number({append(1, {batch(1, large), batch(2, large), batch(3, "small")})}));
    EXPECT_TRUE(listener.wait_for_durable(1));
  }
  EXPECT_TRUE(std::filesystem::exists(log_path / segment_name(2)));
  EXPECT_EQ(open()->state.last(), 3u);
}

TEST_F(LogStoreTest, ATornEndIsCutOffAndReported) {
  std::uint64_t end = 0;
  {
    const auto log = open();
    log->store->write(numbering.number({test::promise(2)}));
    log->store->close();
    end = open()->report.bytes;
  }
  std::fstream(first_segment).seekp(static_cast<std::streamoff>(end)) << "BWR1 unfinished";
  EXPECT_EQ(open()->report.torn_bytes, 15u);
  EXPECT_EQ(open()->report.torn_bytes, 0u);
}

TEST_F(LogStoreTest, ALogInOneFileIsRefusedByName) {
  std::ofstream(log_path) << "BELLWLOG, as an early version wrote it";
  const auto log = open();
  ASSERT_FALSE(log);
  EXPECT_NE(log.error().what.find(log_path.string() + " is not a directory of segments"), std::string::npos)
      << log.error().what;
  EXPECT_TRUE(std::filesystem::is_regular_file(log_path));
}

TEST_F(LogStoreTest, ASegmentOfSomethingElseIsRefusedByName) {
  std::filesystem::create_directory(log_path);
  std::ofstream(first_segment) << std::string(100, 'x');
  const auto log = open();
  ASSERT_FALSE(log);
  EXPECT_NE(log.error().what.find(first_segment.string()), std::string::npos) << log.error().what;
}

TEST_F(LogStoreTest, AnInterruptedCreationIsBegunAgain) {
  std::filesystem::create_directory(log_path);
  std::ofstream(first_segment.string() + ".new") << "BELL";
  EXPECT_TRUE(open()->report.is_new);
  EXPECT_FALSE(std::filesystem::exists(first_segment.string() + ".new"));
}

}  // namespace
}  // namespace bellwether::storage
