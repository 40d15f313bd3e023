#include "storage/data_directory.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "storage/folder.hpp"
#include "storage/identity_file.hpp"

namespace bellwether::storage {
namespace {

namespace fs = std::filesystem;

// Without a trailing slash, so that its name and its parent are what they look like.
Result<fs::path> clean_path(const fs::path& path) {
  std::error_code error;
  fs::path clean = fs::absolute(path, error).lexically_normal();
  if (error) return failure(error, "cannot use " + path.string() + " as data directory: " + error.message());
  return clean.has_filename() ? clean : clean.parent_path();
}

// Each one's name is durable in its parent, or a power cut could take the whole path away.
Result<void> make_parents(const fs::path& path) {
  std::error_code error;
  if (path.empty() || fs::exists(path, error)) return {};
  if (auto made = make_parents(path.parent_path()); !made) return made;
  fs::create_directory(path, error);
  if (error) return failure(error, "cannot create " + path.string() + ": " + error.message());
  return sync_directory(path.parent_path());
}

// 0700: it holds the cluster's key.
Result<void> make_private_directory(const fs::path& path) {
  if (auto made = make_parents(path.parent_path()); !made) return made;
  if (::mkdir(path.c_str(), 0700) == 0) return sync_directory(path.parent_path());
  if (errno != EEXIST) return system_failure("create", path);
  return {};
}

tl::unexpected<Error> in_use(const fs::path& directory) {
  const auto holder = read_whole_file(directory / "lock");
  const std::string who =
      holder && !holder->empty() ? " by process " + *holder : std::string(" by another process");
  return failure(std::errc::device_or_resource_busy,
                 "the data directory " + directory.string() + " is in use" + who +
                     "; stop that one first, or give this node a directory of its own (--data-dir)");
}

// For a message to a person: a full disk must not keep a node from its log for it. The block that is there stays.
Result<void> write_process_id(const FileHandle& lock, const fs::path& path) {
  const std::string text = std::to_string(::getpid());
  const bool written = ::pwrite(lock.get(), text.data(), text.size(), 0) >= 0 &&
                       ::ftruncate(lock.get(), static_cast<off_t>(text.size())) == 0;
  if (written || is_no_room(std::error_code(errno, std::generic_category()))) return {};
  return system_failure("write", path);
}

// Whether `path` still is the file that was opened: set_aside of another process may have renamed its
// directory between our open and our lock.
bool is_same_file(const FileHandle& file, const fs::path& path) {
  struct stat opened {};
  struct stat named {};
  if (::fstat(file.get(), &opened) != 0 || ::stat(path.c_str(), &named) != 0) return false;
  return opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

Result<FileHandle> lock_directory(const fs::path& directory) {
  const fs::path path = directory / "lock";
  auto lock = open_file(path, O_RDWR | O_CREAT, 0600);
  if (!lock) return lock;
  if (::flock(lock->get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return in_use(directory);
    return system_failure("lock", path);
  }
  if (!is_same_file(*lock, path)) return in_use(directory);
  if (auto written = write_process_id(*lock, path); !written)
    return tl::unexpected(std::move(written.error()));
  return lock;
}

Result<fs::path> free_name(const fs::path& wanted) {
  std::error_code error;
  fs::path name = wanted;
  for (int attempt = 2; fs::exists(name, error); ++attempt)
    name = wanted.string() + "." + std::to_string(attempt);
  if (error) return failure(error, "cannot look for " + name.string() + ": " + error.message());
  return name;
}

}  // namespace

Result<FileHandle> lock_to_inspect(const fs::path& directory) {
  std::error_code error;
  if (!fs::is_directory(directory / "log", error)) {
    return failure(std::errc::no_such_file_or_directory,
                   directory.string() + " is no data directory: it has no directory named log");
  }
  auto lock = open_file(directory / "lock", O_RDONLY);
  if (!lock)
    return lock.error().code == std::errc::no_such_file_or_directory ? FileHandle() : std::move(lock);
  if (::flock(lock->get(), LOCK_SH | LOCK_NB) == 0) return lock;
  if (errno != EWOULDBLOCK) return system_failure("lock", directory / "lock");
  const auto holder = read_whole_file(directory / "lock");
  return failure(std::errc::device_or_resource_busy, directory.string() + " is in use by process " +
                                                         holder.value_or("?") + "; stop that node first");
}

Result<DataDirectory> DataDirectory::open(const fs::path& path) {
  const auto clean = clean_path(path);
  if (!clean) return tl::unexpected(clean.error());
  if (auto created = make_private_directory(*clean); !created)
    return tl::unexpected(std::move(created.error()));
  auto lock = lock_directory(*clean);
  if (!lock) return tl::unexpected(std::move(lock.error()));
  return DataDirectory(*clean, *std::move(lock));
}

Result<std::optional<Identity>> DataDirectory::read_identity() const {
  const fs::path path = identity_path();
  std::error_code error;
  const bool exists = fs::exists(path, error);
  if (error) return failure(error, "cannot look for " + path.string() + ": " + error.message());
  if (!exists) return std::nullopt;
  const auto text = read_whole_file(path);
  if (!text) return tl::unexpected(text.error());
  auto identity = decode_identity(*text);
  if (identity) return *std::move(identity);
  return failure(identity.error().code,
                 "cannot tell who this node is from " + path.string() + ": " + identity.error().what +
                     ". Move the data directory away and start again: the node joins as a new "
                     "member");
}

Result<void> DataDirectory::write_identity(const Identity& identity) {
  return replace_file(identity_path(), encode_identity(identity));
}

// The new directory is made and locked beside the old one and then takes its name, so that nobody else gets a
// lock on that name in between.
Result<fs::path> DataDirectory::set_aside(const std::string& suffix) {
  const auto aside = free_name(path_.string() + "." + suffix);
  if (!aside) return aside;
  const auto staging = free_name(path_.string() + ".new");
  if (!staging) return staging;
  auto fresh = open(*staging);
  if (!fresh) return tl::unexpected(std::move(fresh.error()));
  if (::rename(path_.c_str(), aside->c_str()) != 0)
    return system_failure("rename to " + aside->string(), path_);
  if (::rename(fresh->path_.c_str(), path_.c_str()) != 0) return system_failure("take the name", path_);
  if (auto synced = sync_directory(path_.parent_path()); !synced)
    return tl::unexpected(std::move(synced.error()));
  lock_ = std::move(fresh->lock_);
  return *aside;
}

}  // namespace bellwether::storage
