// storage/file_handle.hpp: an open file descriptor that closes itself, and what POSIX needs beside it.
// Errors:  of the system; `what` says what was tried with which path.
// Threads: any, one at a time for each handle.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"

namespace bellwether::storage {

class FileHandle {
 public:
  FileHandle() = default;
  explicit FileHandle(int descriptor) : descriptor_(descriptor) {}
  FileHandle(FileHandle&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FileHandle& operator=(FileHandle&& other) noexcept;
  ~FileHandle();

  int get() const { return descriptor_; }

 private:
  int descriptor_ = -1;
};

// A failure out of errno, worded as "cannot ACTION PATH: REASON".
tl::unexpected<Error> system_failure(std::string_view action, const std::filesystem::path& path);

Result<FileHandle> open_file(const std::filesystem::path& path, int flags, mode_t mode = 0);

// Makes created, renamed and deleted names in the directory durable.
Result<void> sync_directory(const std::filesystem::path& directory);

Result<std::string> read_whole_file(const std::filesystem::path& path);

}  // namespace bellwether::storage
