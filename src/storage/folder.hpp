// storage/folder.hpp: the file layer under the log: the files of one directory, by name. An in-memory twin
// forgets or tears whatever was not synced (tools/memory_folder).
// Errors:  of the system, with the file's name in `what`.
// Threads: any, several at a time for different files.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "storage/disk.hpp"

namespace bellwether::storage {

class Folder {
 public:
  virtual ~Folder() = default;

  virtual const std::string& name() const = 0;  // for messages to a person

  virtual Result<std::vector<std::string>> list() = 0;  // the names of its files, in any order
  virtual Result<std::unique_ptr<Disk>> open(const std::string& file) = 0;
  virtual Result<std::unique_ptr<Disk>> create(
      const std::string& file) = 0;  // empty; replaces what has the name

  // After a crash names are as they were before or after, until sync() has made them durable.
  virtual Result<void> rename(const std::string& from, const std::string& to) = 0;  // replaces `to`
  virtual Result<void> remove(const std::string& file) = 0;
  virtual Result<void> sync() = 0;

  // That may still be taken by new files; none: not known.
  virtual std::optional<std::uint64_t> free_bytes() const = 0;
};

// The file system is full, or what this user may take of it.
bool is_no_room(const std::error_code& error);

inline constexpr std::string_view staging_suffix = ".new";

// Puts a file with these contents in the place of `file`: after a crash the old or the new one is there,
// whole. Durable when it returns. One that fails takes no room.
Result<void> replace_file(Folder& folder, const std::string& file, std::span<const Piece> pieces);

// A small text under its name, none if there is no such file. The name is durable when it returns: it may have
// come from the system's memory alone, if only the process had died that gave it, and whatever is done in its
// sense now must not outlive it.
Result<std::optional<std::string>> read_text(Folder& folder, const std::string& file);
Result<void> replace_text(Folder& folder, const std::string& file, std::string_view text);

// What the file holds, if it is not larger than `bytes_max`.
Result<std::vector<std::byte>> read_file(Folder& folder, const std::string& file, std::uint64_t bytes_max);

}  // namespace bellwether::storage
