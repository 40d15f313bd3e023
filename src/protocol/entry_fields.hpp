// protocol/entry_fields.hpp: the integers and strings that headers and bodies of entries consist of,
// little-endian. A string is a u16 length and its bytes.
// Errors:  a reader that has run over the end hands out zeros from then on and is not complete().
// Threads: one.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

#include "base/assert.hpp"
#include "base/little_endian.hpp"

namespace bellwether {

class FieldWriter {
 public:
  template <std::unsigned_integral T>
  void put(T value) {
    const std::size_t at = bytes_.size();
    bytes_.resize(at + sizeof value);
    store_little_endian(reinterpret_cast<std::byte*>(bytes_.data()) + at, value);
  }
  void put(std::string_view text) {
    BELLWETHER_ASSERT(text.size() <= std::numeric_limits<std::uint16_t>::max());
    put(static_cast<std::uint16_t>(text.size()));
    bytes_ += text;
  }

  // Fills in what was only known later; [at, at + sizeof value) has been put before.
  template <std::unsigned_integral T>
  void overwrite(std::size_t at, T value) {
    BELLWETHER_ASSERT(at + sizeof value <= bytes_.size());
    store_little_endian(reinterpret_cast<std::byte*>(bytes_.data()) + at, value);
  }

  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

class FieldReader {
 public:
  explicit FieldReader(std::span<const std::byte> bytes) : rest_(bytes) {}

  template <std::unsigned_integral T>
  T take() {
    const auto bytes = take_bytes(sizeof(T));
    return bytes.empty() ? T{0} : load_little_endian<T>(bytes.data());
  }
  std::string take_text() {
    const auto bytes = take_bytes(take<std::uint16_t>());
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  bool complete() const { return !overrun_ && rest_.empty(); }  // all was there, and nothing is left
  std::size_t left() const { return rest_.size(); }

 private:
  std::span<const std::byte> take_bytes(std::size_t count) {
    if (count > rest_.size()) {
      overrun_ = true;
      rest_ = {};
      return {};
    }
    const auto taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }

  std::span<const std::byte> rest_;
  bool overrun_ = false;
};

}  // namespace bellwether
