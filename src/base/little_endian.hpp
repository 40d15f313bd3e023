// base/little_endian.hpp: integers as little-endian bytes, wherever the machine's own order and alignment
// differ.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstring>

namespace bellwether {

static_assert(std::endian::native == std::endian::little, "big-endian machines need a byte swap here");

template <std::unsigned_integral T>
T load_little_endian(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

template <std::unsigned_integral T>
void store_little_endian(std::byte* to, T value) {
  std::memcpy(to, &value, sizeof value);
}

}  // namespace bellwether
