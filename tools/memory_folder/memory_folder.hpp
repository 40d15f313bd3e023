// The file layer in memory: files whose contents outlive the log that uses them. It counts, fails, holds syncs
// back, can be cut off from power at any operation, and knows what was synced: what is left then is the synced
// bytes and names, and of the rest whatever the caller chooses, block by block.
// Threads: any.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "storage/folder.hpp"

namespace bellwether::storage::memory {

using Contents = std::vector<std::byte>;
using Image = std::map<std::string, Contents>;  // by name

class MemoryFolder {
 public:
  static constexpr std::size_t block_bytes = 512;

  MemoryFolder() = default;
  explicit MemoryFolder(const Image& image);

  std::unique_ptr<Folder> folder();  // this one must outlive it

  // ---- what is in it
  Image written() const;  // as the system shows it
  Image durable() const;  // what a power cut leaves at least
  // What a power cut leaves: of what was not synced each block, and each change of a name with all before it,
  // for which `keeps` says so.
  Image torn(const std::function<bool()>& keeps) const;

  // ---- what was done
  int writes() const;      // to files; not counted: those that are being made under another name
  int syncs() const;       // of files; likewise
  int operations() const;  // all that change or sync something

  // ---- faults
  void fail_writes(std::errc error);
  void fail_syncs(std::errc error);
  void fail_reserves(std::optional<std::errc> error);     // none: no more
  void set_capacity(std::optional<std::uint64_t> bytes);  // of all files; what would take more fails
  // The next write to a file lands in another place, of any file: one below each of these numbers is asked for, the
  // count of files and the bytes of the one that it is.
  void misdirect_next_write(std::function<std::uint64_t(std::uint64_t)> below);
  bool has_misdirected() const;  // it came
  void give_up(const std::string& file,
               std::size_t byte);  // whoever reads there gets an input or output error
  // From that operation on nothing takes any more room, until set_capacity().
  void fill_up_at(int operation);
  void cut_power_at(int operation);  // that one and all after it fail and change nothing
  // It was the process alone that ended there: what it had not synced is still in the system's memory. Nobody
  // uses the folder that it had any more.
  void restart_process();

  void hold_syncs();  // those that syncs() counts: from now on they wait
  void release_syncs();
  void wait_until_a_sync_is_held();

 private:
  struct File {
    Contents written;
    Contents durable;
    std::set<std::size_t> dirty;        // blocks written since the last sync
    std::optional<std::size_t> broken;  // that byte cannot be read
  };
  using FilePtr = std::shared_ptr<File>;
  using Names = std::map<std::string, FilePtr>;
  class MemoryDisk;
  class Handle;

  void put(File& file, std::size_t position, Piece piece);
  void misdirect(std::span<const Piece> pieces);
  std::uint64_t used() const;                                           // mutex_ is held
  Result<void> take_room(const File& file, std::size_t size);           // likewise
  Result<void> begin_operation(const std::optional<std::errc>& error);  // mutex_ is held
  void change_names(Names names);
  Result<void> sync_file(const FilePtr& file, bool counts);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Names names_;
  std::vector<Names> unsynced_names_;  // after each change since the last sync
  Names durable_names_;
  int writes_ = 0;
  int syncs_ = 0;
  int operations_ = 0;
  std::optional<int> power_until_;
  std::optional<int> room_until_;
  std::optional<std::uint64_t> capacity_;
  std::optional<std::errc> write_error_;
  std::optional<std::errc> sync_error_;
  std::optional<std::errc> reserve_error_;
  std::function<std::uint64_t(std::uint64_t)> misdirects_;  // none: each write lands where it belongs
  bool holds_syncs_ = false;
  bool has_held_sync_ = false;
};

}  // namespace bellwether::storage::memory
