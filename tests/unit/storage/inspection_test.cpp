#include "storage/inspection.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "samples.hpp"
#include "storage/index_file.hpp"

namespace bellwether::storage {
namespace {

using test::append;
using test::batch;
using test::Image;
using test::MemoryFolder;

constexpr Index entries_count = 20;

Image log() {
  std::vector<std::vector<replication::Record>> batches{{test::promise(4)}};
  for (Index index = 1; index <= entries_count; ++index) {
    batches.push_back({append(index, {batch(index, std::string(700, static_cast<char>('a' + index)))}),
                       replication::DecidedRecord{index - 1}});
  }
  return test::image_of(batches);
}

std::vector<std::string> problems_of(const Image& image) {
  MemoryFolder memory(image);
  const auto folder = memory.folder();
  const auto problems = verify_log(*folder, inspect_log(*folder), {}).problems;
  EXPECT_EQ(memory.operations(), 0) << "it must not write";
  return problems;
}

TEST(Inspection, ShowsWhatAStartWouldRead) {
  MemoryFolder memory(log());
  const auto folder = memory.folder();
  const Inspection found = inspect_log(*folder);
  EXPECT_EQ(found.problem, "");
  EXPECT_GE(found.segments.size(), 5u);
  ASSERT_TRUE(found.reading);
  EXPECT_EQ(found.reading->state.promised().round, 4u);
  EXPECT_EQ(found.reading->state.last(), entries_count);
}

TEST(Inspection, AWholeLogHasNoProblem) { EXPECT_EQ(problems_of(log()), std::vector<std::string>()); }

TEST(Inspection, SaysThatThereIsNoLog) {
  MemoryFolder memory;
  EXPECT_NE(inspect_log(*memory.folder()).problem.find("there is no log"), std::string::npos);
}

TEST(Inspection, NamesABrokenRecordWhereverItIs) {
  for (std::uint64_t number = 1; number <= 4; ++number) {
    Image image = log();
    test::segment(image, number)[1500] ^= std::byte{1};
    const auto problems = problems_of(image);
    ASSERT_FALSE(problems.empty()) << number;
    EXPECT_NE(problems.back().find(segment_name(number)), std::string::npos) << problems.back();
  }
}

TEST(Inspection, NamesABrokenIndexAndABrokenCheckpoint) {
  Image image = log();
  image.at(index_name(2)).back() ^= std::byte{1};
  image[checkpoint_name(7)] = {};
  const auto problems = problems_of(image);
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_NE(problems[0].find(checkpoint_name(7)), std::string::npos) << problems[0];
  EXPECT_NE(problems[1].find(index_name(2)), std::string::npos) << problems[1];
}

TEST(Inspection, VisitsTheDecidedMessagesThatAreAskedFor) {
  MemoryFolder memory(log());
  const auto folder = memory.folder();
  const Inspection found = inspect_log(*folder);
  std::vector<Offset> visited;
  const auto visit = [&](Offset offset, const Entry& entry) {
    EXPECT_EQ(entry.sum, batch(offset + 1, std::string(700, static_cast<char>('a' + offset + 1)))->sum);
    visited.push_back(offset);
    return true;
  };
  ASSERT_TRUE(visit_messages(*folder, *found.reading, 3, 12, visit));
  ASSERT_EQ(visited.size(), 9u);
  EXPECT_EQ(visited.front(), 3u);
  EXPECT_EQ(visited.back(), 11u);
  EXPECT_FALSE(visit_messages(*folder, *found.reading, entries_count - 1, entries_count, visit))
      << "not decided";
}

}  // namespace
}  // namespace bellwether::storage
