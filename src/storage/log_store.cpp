#include "storage/log_store.hpp"

#include <utility>

#include "storage/file_handle.hpp"
#include "storage/file_log.hpp"
#include "storage/posix_disk.hpp"

namespace bellwether::storage {
namespace {

// Made under another name and renamed when it is whole, so that a log that does not start right is always
// damage.
Result<void> create_log(const std::filesystem::path& file) {
  const std::filesystem::path fresh = file.string() + ".new";
  const auto disk = PosixDisk::create(fresh);
  if (!disk) return tl::unexpected(disk.error());
  if (auto formatted = format_log(**disk, random_file_id()); !formatted) return formatted;
  if (::rename(fresh.c_str(), file.c_str()) != 0) return system_failure("rename to", file);
  return sync_directory(file.parent_path());
}

}  // namespace

Result<LogStore::Opened> LogStore::open(const std::filesystem::path& file, Events events,
                                        const std::function<void(double)>& progress) {
  std::error_code error;
  const bool is_new = !std::filesystem::exists(file, error);
  if (error) return failure(error, "cannot look for " + file.string() + ": " + error.message());
  if (is_new) {
    if (auto created = create_log(file); !created) return tl::unexpected(std::move(created.error()));
  }
  auto disk = PosixDisk::open(file);
  if (!disk) return tl::unexpected(std::move(disk.error()));
  auto opened = FileLog::open(*std::move(disk), std::move(events), progress);
  if (opened) opened->report.is_new = is_new;
  return opened;
}

}  // namespace bellwether::storage
