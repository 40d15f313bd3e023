#include "storage/posix_disk.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "samples.hpp"

namespace bellwether::storage {
namespace {

class PosixDiskTest : public testing::Test {
 protected:
  std::string read(std::uint64_t position, std::size_t count) {
    std::string text(count, '?');
    const auto filled = disk->read(position, std::as_writable_bytes(std::span(text)));
    EXPECT_TRUE(filled);
    return text.substr(0, filled.value_or(0));
  }

  test::TemporaryDirectory directory;
  std::unique_ptr<PosixDisk> disk = *PosixDisk::create(directory.path() / "file");
};

TEST_F(PosixDiskTest, WritesMorePiecesThanOneSystemCallTakes) {
  std::vector<std::string> texts;
  std::string whole;
  for (int i = 0; i < 3000; ++i) {
    texts.push_back(i % 7 == 0 ? std::string() : std::to_string(i) + ";");
    whole += texts.back();
  }
  std::vector<Piece> pieces;
  for (const std::string& text : texts) pieces.push_back(std::as_bytes(std::span(text)));
  ASSERT_TRUE(disk->write(10, pieces));
  EXPECT_EQ(read(10, whole.size() + 100), whole);
  EXPECT_EQ(disk->size(), 10 + whole.size());
}

TEST_F(PosixDiskTest, ReservesRoomOfZerosInLargeSteps) {
  ASSERT_TRUE(disk->reserve(1));
  EXPECT_EQ(disk->size(), PosixDisk::growth_bytes);
  EXPECT_EQ(read(PosixDisk::growth_bytes - 4, 100), std::string(4, '\0'));
  ASSERT_TRUE(disk->reserve(PosixDisk::growth_bytes));
  EXPECT_EQ(disk->size(), PosixDisk::growth_bytes);
  ASSERT_TRUE(disk->reserve(PosixDisk::growth_bytes + 1));
  EXPECT_EQ(disk->size(), 2 * PosixDisk::growth_bytes);
}

TEST_F(PosixDiskTest, WhatWasCutOffReadsAsZerosLater) {
  const std::string text = "garbage";
  const Piece piece = std::as_bytes(std::span(text));
  ASSERT_TRUE(disk->write(0, {&piece, 1}));
  ASSERT_TRUE(disk->truncate(3));
  ASSERT_TRUE(disk->reserve(10));
  EXPECT_EQ(read(0, 7), std::string("gar\0\0\0\0", 7));
}

TEST_F(PosixDiskTest, AFileThatIsNotThereIsNamed) {
  const auto missing = PosixDisk::open(directory.path() / "missing");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, std::errc::no_such_file_or_directory);
  EXPECT_NE(missing.error().what.find("missing"), std::string::npos);
}

}  // namespace
}  // namespace bellwether::storage
