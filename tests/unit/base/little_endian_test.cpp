#include "base/little_endian.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>

namespace bellwether {
namespace {

TEST(LittleEndian, TheLowByteComesFirst) {
  std::array<std::byte, 4> bytes{};
  store_little_endian(bytes.data(), std::uint32_t{0x01020304});
  EXPECT_EQ(bytes, (std::array{std::byte{4}, std::byte{3}, std::byte{2}, std::byte{1}}));
}

TEST(LittleEndian, AnIntegerMayLieAtAnyAddress) {
  std::array<std::byte, 9> bytes{};
  store_little_endian(bytes.data() + 1, std::uint64_t{0x1122334455667788});
  EXPECT_EQ(load_little_endian<std::uint64_t>(bytes.data() + 1), 0x1122334455667788u);
}

}  // namespace
}  // namespace bellwether
