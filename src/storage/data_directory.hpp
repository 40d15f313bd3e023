// storage/data_directory.hpp: the directory of one node: its exclusive lock and who the node is.
// Errors: in use by another process; an identity file that cannot be read. `what` says what to do.
// Threads: one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "protocol/ids.hpp"
#include "storage/contacts.hpp"
#include "storage/file_handle.hpp"
#include "storage/rejoin_file.hpp"

namespace bellwether::storage {

enum class Membership { member, left, removed };

// Who this directory's node is; written once it has joined or started a cluster, and when it leaves.
struct Identity {
  std::string cluster;
  std::string key;  // the cluster's secret
  std::string token;
  NodeId id = nobody;
  std::uint64_t epoch = 0;
  Membership membership = Membership::member;
  // Members known at the last write, with their addresses.
  Contacts contacts;
};

// A directory that no node uses while this lives, to be looked at and not changed.
// Errors: there is none, or a node uses it.
Result<FileHandle> lock_to_inspect(const std::filesystem::path& directory);

// Whether the files beside the log can be read, changing nothing: what is wrong, a line each.
std::vector<std::string> verify_names(const std::filesystem::path& directory);

class DataDirectory {
 public:
  // Creates the directory if need be, makes its name durable and locks it for this process.
  static Result<DataDirectory> open(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path log_path() const { return path_ / "log"; }

  Result<std::optional<Identity>> read_identity() const;  // none: a new directory
  Result<void> write_identity(const Identity& identity);  // atomically, durable when it returns

  // A rejoin that has begun. No file tells of one before it is written; it is over when end_rejoin() returns.
  Result<std::optional<Rejoin>> read_rejoin() const;
  Result<void> begin_rejoin(const Rejoin& rejoin);
  Result<void> end_rejoin();
  std::string free_aside_name(NodeId old) const;  // for the subfolder of a new rejoin

  // Moves the log and the identity of the old node into the subfolder of this rejoin and returns its path. It
  // may have been done before, in part or as a whole; a log that was made since then, and that nobody could use
  // yet, is removed.
  Result<std::filesystem::path> set_contents_aside(const Rejoin& rejoin);

  // Renames the directory to PATH.SUFFIX (a free name) and opens a new, empty one in its place; returns the
  // old one's new path.
  Result<std::filesystem::path> set_aside(const std::string& suffix);

 private:
  DataDirectory(std::filesystem::path path, FileHandle lock)
      : path_(std::move(path)), lock_(std::move(lock)) {}

  std::filesystem::path path_;
  FileHandle lock_;  // held as long as this lives
};

}  // namespace bellwether::storage
