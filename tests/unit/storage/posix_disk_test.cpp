#include "storage/posix_disk.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

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

TEST_F(PosixDiskTest, ReservedRoomReadsAsZerosAndHasItsBlocks) {
  constexpr std::uint64_t bytes = 5 * 1024 * 1024 + 10;
  ASSERT_TRUE(disk->reserve(bytes));
  ASSERT_TRUE(disk->write_zeros(100, 1024 * 1024));
  EXPECT_EQ(disk->size(), bytes);
  EXPECT_EQ(read(bytes - 4, 100), std::string(4, '\0'));
  struct stat status {};
  ASSERT_EQ(::stat(disk->name().c_str(), &status), 0);
  EXPECT_EQ(static_cast<std::uint64_t>(status.st_size), bytes);
  EXPECT_GE(static_cast<std::uint64_t>(status.st_blocks) * 512, bytes);
}

TEST_F(PosixDiskTest, OpenedToReadItRefusesToWrite) {
  const auto reader = PosixDisk::open_to_read(directory.path() / "file");
  ASSERT_TRUE(reader);
  const std::string text = "x";
  const Piece piece = std::as_bytes(std::span(text));
  EXPECT_FALSE((*reader)->write(0, {&piece, 1}));
}

TEST_F(PosixDiskTest, AFileThatIsNotThereIsNamed) {
  const auto missing = PosixDisk::open(directory.path() / "missing");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, std::errc::no_such_file_or_directory);
  EXPECT_NE(missing.error().what.find("missing"), std::string::npos);
}

}  // namespace
}  // namespace bellwether::storage
