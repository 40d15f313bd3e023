#include "storage/log_store.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "storage/file_handle.hpp"
#include "storage/posix_folder.hpp"
#include "storage/segmented_log.hpp"

namespace bellwether::storage {
namespace {

Result<void> make_directory(const std::filesystem::path& directory) {
  if (::mkdir(directory.c_str(), 0700) == 0) return sync_directory(directory.parent_path());
  if (errno != EEXIST) return system_failure("create", directory);
  std::error_code error;
  if (std::filesystem::is_directory(directory, error)) return {};
  return failure(
      std::errc::not_supported,
      directory.string() +
          " is not a directory of segments; if it is the log of an early version, in one file, this "
          "program cannot read it: move the data directory away and start again to join as a new member");
}

}  // namespace

Result<LogStore::Opened> LogStore::open(const std::filesystem::path& directory, const LogOptions& options,
                                        Events events, const std::function<void(double)>& progress) {
  std::error_code error;
  if (options.may_create || std::filesystem::exists(directory, error)) {
    if (auto made = make_directory(directory); !made) return tl::unexpected(std::move(made.error()));
  }
  return SegmentedLog::open(std::make_unique<PosixFolder>(directory), options, std::move(events), progress);
}

}  // namespace bellwether::storage
