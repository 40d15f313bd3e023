// base/bytes.hpp: shared, immutable bytes. A slice keeps the whole buffer alive, so that a message's bytes
// are read from the socket once and the same memory goes to the disk, to every peer and to every reader.
// Threads: the bytes never change, so slices may be read and destroyed on any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "base/assert.hpp"

namespace bellwether {

class Bytes {
 public:
  Bytes() = default;
  // Shares `view` of a buffer that `owner` keeps alive.
  Bytes(std::shared_ptr<const void> owner, std::span<const std::byte> view)
      : owner_(std::move(owner)), view_(view) {}

  static Bytes copy_of(std::string_view text) {
    if (text.empty()) return {};
    std::shared_ptr<std::byte[]> buffer(new std::byte[text.size()]);
    std::memcpy(buffer.get(), text.data(), text.size());
    const std::span<const std::byte> view(buffer.get(), text.size());
    return Bytes(std::move(buffer), view);
  }

  Bytes slice(std::size_t from, std::size_t count) const {
    BELLWETHER_ASSERT(from <= view_.size());
    BELLWETHER_ASSERT(count <= view_.size() - from);
    return Bytes(owner_, view_.subspan(from, count));
  }

  const std::byte* data() const { return view_.data(); }
  std::size_t size() const { return view_.size(); }
  bool empty() const { return view_.empty(); }
  std::span<const std::byte> span() const { return view_; }
  std::string_view text() const { return {reinterpret_cast<const char*>(view_.data()), view_.size()}; }

 private:
  std::shared_ptr<const void> owner_;
  std::span<const std::byte> view_;
};

}  // namespace bellwether
