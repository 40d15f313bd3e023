// storage/posix_folder.hpp: a Folder that is a directory.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/folder.hpp"

namespace bellwether::storage {

class PosixFolder final : public Folder {
 public:
  enum class Access { read_only, read_write };  // read_only: what would write fails

  explicit PosixFolder(const std::filesystem::path& path, Access access = Access::read_write)
      : path_(path), name_(path.string()), access_(access) {}

  const std::string& name() const override { return name_; }
  Result<std::vector<std::string>> list() override;
  Result<std::unique_ptr<Disk>> open(const std::string& file) override;
  Result<std::unique_ptr<Disk>> create(const std::string& file) override;
  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<void> remove(const std::string& file) override;
  Result<void> sync() override;
  std::optional<std::uint64_t> free_bytes() const override;

 private:
  Result<void> check_writable(const std::string& file) const;

  std::filesystem::path path_;
  std::string name_;
  Access access_;
};

}  // namespace bellwether::storage
