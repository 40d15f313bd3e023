#include "storage/posix_folder.hpp"

#include <stdio.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <utility>

#include "storage/file_handle.hpp"
#include "storage/posix_disk.hpp"

namespace bellwether::storage {

Result<std::vector<std::string>> PosixFolder::list() {
  std::error_code error;
  std::vector<std::string> names;
  for (std::filesystem::directory_iterator at(path_, error), end; !error && at != end; at.increment(error)) {
    names.push_back(at->path().filename().string());
  }
  if (error) return failure(error, "cannot list " + name_ + ": " + error.message());
  return names;
}

Result<std::unique_ptr<Disk>> PosixFolder::open(const std::string& file) {
  auto disk =
      access_ == Access::read_only ? PosixDisk::open_to_read(path_ / file) : PosixDisk::open(path_ / file);
  if (!disk) return tl::unexpected(std::move(disk.error()));
  return *std::move(disk);
}

Result<std::unique_ptr<Disk>> PosixFolder::create(const std::string& file) {
  if (auto may = check_writable(file); !may) return tl::unexpected(std::move(may.error()));
  auto disk = PosixDisk::create(path_ / file);
  if (!disk) return tl::unexpected(std::move(disk.error()));
  return *std::move(disk);
}

Result<void> PosixFolder::rename(const std::string& from, const std::string& to) {
  if (auto may = check_writable(from); !may) return may;
  if (::rename((path_ / from).c_str(), (path_ / to).c_str()) != 0)
    return system_failure("rename to", path_ / to);
  return {};
}

Result<void> PosixFolder::remove(const std::string& file) {
  if (auto may = check_writable(file); !may) return may;
  if (::unlink((path_ / file).c_str()) != 0) return system_failure("remove", path_ / file);
  return {};
}

Result<void> PosixFolder::sync() { return sync_directory(path_); }

std::optional<std::uint64_t> PosixFolder::free_bytes() const {
  struct statvfs status {};
  if (::statvfs(path_.c_str(), &status) != 0) return std::nullopt;
  return static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;
}

Result<void> PosixFolder::check_writable(const std::string& file) const {
  if (access_ == Access::read_write) return {};
  return failure(std::errc::read_only_file_system, (path_ / file).string() + " is only to be read here");
}

}  // namespace bellwether::storage
