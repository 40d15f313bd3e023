#include "storage/data_directory.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "storage/folder.hpp"
#include "storage/identity_file.hpp"
#include "storage/posix_folder.hpp"

namespace bellwether::storage {
namespace {

namespace fs = std::filesystem;

constexpr const char* identity_name = "identity.json";
constexpr const char* rejoin_name = "rejoin.json";

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
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return system_failure("create", path);
  // Also one that was there: who made it may have been killed before its name was durable.
  auto synced = sync_directory(path.parent_path());
  if (!synced && synced.error().code == std::errc::permission_denied)
    return {};  // then somebody else made it
  return synced;
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

tl::unexpected<Error> cannot_tell(const fs::path& file, const Error& why) {
  return failure(why.code, "cannot tell who this node is from " + file.string() + ": " + why.what);
}

template <typename Decoded>
Result<std::optional<Decoded>> read_sealed(const fs::path& directory, const std::string& file,
                                           Result<Decoded> (*decode)(std::string_view)) {
  PosixFolder folder(directory);
  const auto text = read_text(folder, file);
  if (!text) return tl::unexpected(text.error());
  if (!*text) return std::nullopt;
  auto decoded = decode(**text);
  if (decoded) return *std::move(decoded);
  return cannot_tell(directory / file, decoded.error());
}

Result<bool> is_there(const fs::path& path) {
  std::error_code error;
  const bool there = fs::exists(path, error);
  if (error) return failure(error, "cannot look for " + path.string() + ": " + error.message());
  return there;
}

// Never over something that was moved before.
Result<void> move_if_there(const fs::path& from, const fs::path& to) {
  const auto is_to_move = is_there(from);
  if (!is_to_move) return tl::unexpected(is_to_move.error());
  const auto was_moved = is_there(to);
  if (!was_moved) return tl::unexpected(was_moved.error());
  if (!*is_to_move || *was_moved) return {};
  if (::rename(from.c_str(), to.c_str()) != 0) return system_failure("rename to " + to.string(), from);
  return {};
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

std::vector<std::string> verify_names(const fs::path& directory) {
  std::vector<std::string> problems;
  const auto check = [&](const char* name, bool is_needed, auto decode) {
    const auto text = read_whole_file(directory / name);
    if (!text) {
      const bool is_missing = text.error().code == std::errc::no_such_file_or_directory;
      if (is_needed || !is_missing) problems.push_back(text.error().what);
    } else if (const auto decoded = decode(*text); !decoded) {
      problems.push_back(cannot_tell(directory / name, decoded.error()).value().what);
    }
  };
  check(identity_name, true, decode_identity);
  check(rejoin_name, false, decode_rejoin);
  return problems;
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
  return read_sealed(path_, identity_name, decode_identity);
}

Result<void> DataDirectory::write_identity(const Identity& identity) {
  PosixFolder folder(path_);
  return replace_text(folder, identity_name, encode_identity(identity));
}

Result<std::optional<Rejoin>> DataDirectory::read_rejoin() const {
  return read_sealed(path_, rejoin_name, decode_rejoin);
}

Result<void> DataDirectory::begin_rejoin(const Rejoin& rejoin) {
  PosixFolder folder(path_);
  return replace_text(folder, rejoin_name, encode_rejoin(rejoin));
}

Result<void> DataDirectory::end_rejoin() {
  PosixFolder folder(path_);
  if (auto removed = folder.remove(rejoin_name); !removed) return removed;
  return folder.sync();
}

std::string DataDirectory::free_aside_name(NodeId old) const {
  const std::string name = "aside-" + (old == nobody ? "unknown" : std::to_string(number(old))) + "-";
  std::error_code error;
  for (int count = 1;; ++count) {
    if (!fs::exists(path_ / (name + std::to_string(count)), error)) return name + std::to_string(count);
  }
}

Result<fs::path> DataDirectory::set_contents_aside(const Rejoin& rejoin) {
  const fs::path aside = path_ / rejoin.aside;
  if (::mkdir(aside.c_str(), 0700) != 0 && errno != EEXIST) return system_failure("create", aside);
  if (auto moved = move_if_there(log_path(), aside / "log"); !moved)
    return tl::unexpected(std::move(moved.error()));
  std::error_code error;
  fs::remove_all(log_path(), error);  // only if one had been moved before
  if (error) return failure(error, "cannot remove " + log_path().string() + ": " + error.message());
  if (auto moved = move_if_there(path_ / identity_name, aside / identity_name); !moved)
    return tl::unexpected(std::move(moved.error()));
  for (const fs::path& changed : {aside, path_}) {
    if (auto synced = sync_directory(changed); !synced) return tl::unexpected(std::move(synced.error()));
  }
  return aside;
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
