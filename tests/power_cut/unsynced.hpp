// What a power cut would take from a directory now: the bytes of its files and the names in it that were changed and
// not synced since, each with what was there before.
//
// Model: a file's data are durable when it was synced, and its size with them. A name (created, renamed, removed) is
// durable when the directory was synced that holds it, both of them if there are two. Of the rest each sector of 512
// bytes may survive or not, and of the names those up to some point in time: file systems keep that order.
// Threads: one at a time; the caller locks.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace power_cut {

class Unsynced {
 public:
  static constexpr std::size_t block_bytes = 4096;
  static constexpr std::size_t sector_bytes = 512;

  explicit Unsynced(const std::string& root);

  bool covers(const std::string& path) const;
  std::string stash_name();  // of a file that a call is about to take the name from

  // ---- before a call changes a file
  void before_write(int file, std::uint64_t at, std::uint64_t count);
  void before_size(int file, std::uint64_t size);

  // ---- after a call has changed names
  void created(const std::string& path);
  void made_directory(const std::string& path);
  void removed(const std::string& path, const std::string& stash, bool is_directory);
  void renamed(const std::string& from, const std::string& to,
               const std::string& stash);  // empty: replaced nothing

  // ---- around a sync: what was written before it began is durable when it has returned
  void sync_begins(int file);
  void sync_done(int file);
  void directory_synced(int directory);

  // A kill without a power cut: what was not synced still is not, in the next process.
  void save() const;

  // Puts the directory back to what a power cut would leave, chosen by the seed; `keeps_percent` of what was not
  // synced survives, if that is given.
  void cut(std::uint64_t seed, std::optional<unsigned> keeps_percent);

 private:
  using FileId = std::pair<dev_t, ino_t>;
  struct Changes {
    std::map<std::uint64_t, std::vector<char>>
        blocks;  // what was there before, shorter at the end of the file
    bool has_size = false;
    std::uint64_t size = 0;
  };
  struct File {
    int descriptor = -1;  // of our own, so that it can be put back whatever its name is by then
    Changes unsynced;
    Changes syncing;
  };
  struct NameChange {
    enum class Kind { created, made_directory, removed, removed_directory, renamed } kind;
    std::string path;
    std::string to;
    std::string stash;
    std::set<FileId> directories;  // that have not been synced since
  };

  void load();
  File& file_of(int file);
  void forget_if_clean(const FileId& id);
  void note(NameChange change);
  static void move(NameChange& change, const std::string& from, const std::string& to);
  static void put_back(const File& file, std::mt19937_64& random, unsigned keeps_percent);
  void undo(const NameChange& change);

  std::string root_;
  std::string stash_;
  std::uint64_t stashed_ = 0;
  std::map<FileId, File> files_;
  std::vector<NameChange> names_;
};

}  // namespace power_cut
