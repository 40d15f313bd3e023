// storage/file_window.hpp: reads a file from front to back in large pieces and hands out views of them.
// Threads: one.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "storage/disk.hpp"

namespace bellwether::storage {

class FileWindow {
 public:
  static constexpr std::size_t window_bytes = 4 * 1024 * 1024;

  explicit FileWindow(Disk& disk) : disk_(disk), file_bytes_(disk.size()) {}

  // `count` bytes from `position` on, fewer at the end of the file. The view stays valid on its own.
  Result<Bytes> view(std::uint64_t position, std::size_t count);

 private:
  Result<void> fill(std::uint64_t position, std::size_t count);

  Disk& disk_;
  std::uint64_t file_bytes_;
  std::uint64_t begin_ = 0;
  Bytes window_;  // the file from begin_ on
};

}  // namespace bellwether::storage
