#include "base/random_name.hpp"

#include <random>

namespace bellwether {

std::uint64_t random_number() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

std::string random_name() {
  constexpr char digits[] = "0123456789abcdef";
  std::string name;
  for (int half = 0; half < 2; ++half) {
    auto bits = random_number();
    for (int digit = 0; digit < 16; ++digit, bits >>= 4) name += digits[bits & 15];
  }
  return name;
}

}  // namespace bellwether
