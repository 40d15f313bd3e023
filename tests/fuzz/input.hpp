// What a fuzzer's bytes mean to a target that builds something of them: numbers and pieces, one after the other, zeros at the end.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.hpp"

namespace bellwether::fuzz {

class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : rest_(std::as_bytes(std::span(data, size))) {}

  bool is_empty() const { return rest_.empty(); }

  std::uint8_t byte() {
    if (rest_.empty()) return 0;
    const auto first = static_cast<std::uint8_t>(rest_.front());
    rest_ = rest_.subspan(1);
    return first;
  }
  // Mostly small ones, and the greatest.
  std::uint64_t number() {
    const std::uint8_t first = byte();
    if (first < 250) return first;
    std::uint64_t value = 0;
    for (int i = 0; i < 8; ++i) value = value << 8 | byte();
    return first == 255 ? ~value : value;
  }
  std::span<const std::byte> piece(std::size_t bytes_max) {
    const auto piece = rest_.first(std::min(rest_.size(), bytes_max));
    rest_ = rest_.subspan(piece.size());
    return piece;
  }
  std::string text(std::size_t bytes_max) {
    const auto bytes = piece(bytes_max);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

 private:
  std::span<const std::byte> rest_;
};

inline Bytes copy_of(std::span<const std::byte> bytes) {
  return Bytes::copy_of({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace bellwether::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
