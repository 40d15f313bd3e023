#include "storage/file_window.hpp"

#include <algorithm>
#include <memory>

namespace bellwether::storage {

Result<Bytes> FileWindow::view(std::uint64_t position, std::size_t count) {
  if (position >= file_bytes_) return Bytes();
  count = static_cast<std::size_t>(std::min<std::uint64_t>(count, file_bytes_ - position));
  const bool inside = position >= begin_ && position + count <= begin_ + window_.size();
  if (!inside) {
    if (auto filled = fill(position, count); !filled) return tl::unexpected(std::move(filled.error()));
  }
  return window_.slice(static_cast<std::size_t>(position - begin_), count);
}

Result<void> FileWindow::fill(std::uint64_t position, std::size_t count) {
  const auto bytes = std::min<std::uint64_t>(std::max(count, window_bytes), file_bytes_ - position);
  std::shared_ptr<std::byte[]> buffer(new std::byte[bytes]);
  const std::span<std::byte> space(buffer.get(), static_cast<std::size_t>(bytes));
  const auto filled = disk_.read(position, space);
  if (!filled) return tl::unexpected(filled.error());
  if (*filled != space.size())
    return failure(std::errc::io_error, disk_.name() + " became shorter while it was read");
  begin_ = position;
  window_ = Bytes(std::move(buffer), space);
  return {};
}

}  // namespace bellwether::storage
