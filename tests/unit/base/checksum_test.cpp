#include "base/checksum.hpp"

#include <gtest/gtest.h>

#include <string>

namespace bellwether {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

std::string some_text(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 31 + i / 7);
  return text;
}

TEST(Checksum, PiecesHaveTheSumOfTheWhole) {
  // The sizes lie around the borders at which XXH3 changes its way of working.
  for (const std::size_t size : {0, 1, 3, 16, 17, 128, 240, 241, 256, 1024, 5000}) {
    const std::string text = some_text(size);
    for (const std::size_t cut : {std::size_t{0}, size / 3, size}) {
      Checksum sum(42);
      sum.add(bytes_of(text).first(cut));
      sum.add(bytes_of(text).subspan(cut));
      EXPECT_EQ(sum.value(), Checksum::of(bytes_of(text), 42)) << size << " bytes, cut at " << cut;
    }
  }
}

TEST(Checksum, TheSeedBindsTheSumToAPlace) {
  const std::string text = some_text(100);
  EXPECT_NE(Checksum::of(bytes_of(text), 1), Checksum::of(bytes_of(text), 2));
}

TEST(Checksum, EveryFlippedBitChangesTheSum) {
  std::string text = some_text(300);
  const auto sum = Checksum::of(bytes_of(text), 0);
  for (char& c : text) {
    c = static_cast<char>(c ^ 1);
    EXPECT_NE(Checksum::of(bytes_of(text), 0), sum);
    c = static_cast<char>(c ^ 1);
  }
}

// The sums stand on disks: another version of the library must not compute others.
TEST(Checksum, TheSumIsThatOfTheFormat) { EXPECT_EQ(Checksum::of({}, 0), 0x2d06800538d394c2u); }

}  // namespace
}  // namespace bellwether
