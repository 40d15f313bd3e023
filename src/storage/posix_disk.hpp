// storage/posix_disk.hpp: a Disk that is a file, written by pwritev and synced by fdatasync.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "storage/disk.hpp"
#include "storage/file_handle.hpp"

namespace bellwether::storage {

class PosixDisk final : public Disk {
 public:
  static Result<std::unique_ptr<PosixDisk>> open(const std::filesystem::path& path);  // must exist
  static Result<std::unique_ptr<PosixDisk>> open_to_read(const std::filesystem::path& path);
  // Empty, replacing what is there.
  static Result<std::unique_ptr<PosixDisk>> create(const std::filesystem::path& path);

  const std::string& name() const override { return name_; }
  std::uint64_t size() const override { return size_; }
  Result<std::size_t> read(std::uint64_t position, std::span<std::byte> into) override;
  Result<void> write(std::uint64_t position, std::span<const Piece> pieces) override;
  Result<void> reserve(std::uint64_t bytes) override;
  Result<void> write_zeros(std::uint64_t position, std::uint64_t bytes) override;
  Result<void> sync() override;
  void drop_cached() override;

 private:
  PosixDisk(std::string name, FileHandle file, std::uint64_t size)
      : name_(std::move(name)), file_(std::move(file)), size_(size) {}
  static Result<std::unique_ptr<PosixDisk>> open_with(const std::filesystem::path& path, int flags);

  std::string name_;
  FileHandle file_;
  std::uint64_t size_;
};

}  // namespace bellwether::storage
