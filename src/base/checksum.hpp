// base/checksum.hpp: XXH3-64 over bytes in pieces, with a seed that binds the sum to a place.
// Source: xxHash (Y. Collet), https://github.com/Cyan4973/xxHash
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace bellwether {

class Checksum {
 public:
  explicit Checksum(std::uint64_t seed);
  ~Checksum();
  Checksum(const Checksum&) = delete;
  Checksum& operator=(const Checksum&) = delete;

  void add(std::span<const std::byte> bytes);
  std::uint64_t value() const;

  static std::uint64_t of(std::span<const std::byte> bytes, std::uint64_t seed);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace bellwether
