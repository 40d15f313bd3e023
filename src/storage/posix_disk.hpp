// storage/posix_disk.hpp: a Disk that is a file, written by pwritev and synced by fdatasync.
// The file grows in large steps (fallocate), so that a sync has no new size and no new blocks to write down.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "storage/disk.hpp"
#include "storage/file_handle.hpp"

namespace bellwether::storage {

class PosixDisk final : public Disk {
 public:
  static constexpr std::uint64_t growth_bytes = 16 * 1024 * 1024;

  static Result<std::unique_ptr<PosixDisk>> open(const std::filesystem::path& path);  // must exist
  // Empty, replacing what is there.
  static Result<std::unique_ptr<PosixDisk>> create(const std::filesystem::path& path);

  const std::string& name() const override { return name_; }
  std::uint64_t size() const override { return size_; }
  Result<std::size_t> read(std::uint64_t position, std::span<std::byte> into) override;
  Result<void> write(std::uint64_t position, std::span<const Piece> pieces) override;
  Result<void> reserve(std::uint64_t end) override;
  Result<void> truncate(std::uint64_t end) override;
  Result<void> sync() override;

 private:
  PosixDisk(std::string name, FileHandle file, std::uint64_t size)
      : name_(std::move(name)), file_(std::move(file)), size_(size) {}
  static Result<std::unique_ptr<PosixDisk>> open_with(const std::filesystem::path& path, int flags);

  std::string name_;
  FileHandle file_;
  std::uint64_t size_;
};

}  // namespace bellwether::storage
