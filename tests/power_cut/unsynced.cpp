#include "unsynced.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace power_cut {
namespace {

// The calls themselves, past those of calls.cpp.
int raw_open(const std::string& path, int flags) {
  return static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path.c_str(), flags | O_CLOEXEC, 0600));
}
void raw_write(int file, const char* from, std::size_t count, std::uint64_t at) {
  while (count > 0) {
    const auto written = ::syscall(SYS_pwrite64, file, from, count, at);
    if (written <= 0) return;
    from += written;
    at += static_cast<std::uint64_t>(written);
    count -= static_cast<std::size_t>(written);
  }
}
void raw_size(int file, std::uint64_t size) { ::syscall(SYS_ftruncate, file, size); }
void raw_rename(const std::string& from, const std::string& to) {
  ::syscall(SYS_renameat2, AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), 0);
}
void raw_unlink(const std::string& path) { ::syscall(SYS_unlinkat, AT_FDCWD, path.c_str(), 0); }
void raw_mkdir(const std::string& path) { ::syscall(SYS_mkdirat, AT_FDCWD, path.c_str(), 0700); }

struct stat status_of(int file) {
  struct stat status {};
  ::fstat(file, &status);
  return status;
}

// Numbers and texts one behind the other.
class Record {
 public:
  Record() = default;
  explicit Record(std::string bytes) : bytes_(std::move(bytes)) {}

  void put(std::uint64_t number) { bytes_.append(reinterpret_cast<const char*>(&number), sizeof number); }
  void put(const std::string& text) {
    put(text.size());
    bytes_ += text;
  }
  std::uint64_t number() {
    std::uint64_t number = 0;
    std::memcpy(&number, bytes_.data() + at_, sizeof number);
    at_ += sizeof number;
    return number;
  }
  std::string text() {
    const auto count = static_cast<std::size_t>(number());
    at_ += count;
    return bytes_.substr(at_ - count, count);
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
  std::size_t at_ = 0;
};

std::string name_of(int file) {
  std::string name(4096, '\0');
  const auto count = ::readlink(("/proc/self/fd/" + std::to_string(file)).c_str(), name.data(), name.size());
  name.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return name;
}

std::string parent_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

}  // namespace

Unsynced::Unsynced(const std::string& root) : root_(root), stash_(root + ".unsynced") {
  if (root_.empty()) return;
  raw_mkdir(stash_);
  load();
}

void Unsynced::save() const {
  Record record;
  record.put(stashed_);
  record.put(names_.size());
  for (const NameChange& change : names_) {
    record.put(static_cast<std::uint64_t>(change.kind));
    for (const std::string* text : {&change.path, &change.to, &change.stash}) record.put(*text);
    record.put(change.directories.size());
    for (const auto& [device, file] : change.directories) {
      record.put(device);
      record.put(file);
    }
  }
  record.put(files_.size());
  for (const auto& [id, file] : files_) {
    record.put(name_of(file.descriptor));
    record.put(file.unsynced.size);
    record.put(file.unsynced.blocks.size());
    for (const auto& [block, before] : file.unsynced.blocks) {
      record.put(block);
      record.put(std::string(before.begin(), before.end()));
    }
  }
  const int saved = raw_open(stash_ + "/state", O_WRONLY | O_CREAT | O_TRUNC);
  raw_write(saved, record.bytes().data(), record.bytes().size(), 0);
  ::close(saved);
}

void Unsynced::load() {
  const int saved = raw_open(stash_ + "/state", O_RDONLY);
  if (saved < 0) return;
  std::string bytes(static_cast<std::size_t>(status_of(saved).st_size), '\0');
  if (::pread(saved, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) return;
  ::close(saved);
  raw_unlink(stash_ + "/state");
  Record record(std::move(bytes));
  stashed_ = record.number();
  for (auto names = record.number(); names > 0; --names) {
    NameChange change{static_cast<NameChange::Kind>(record.number()), {}, {}, {}, {}};
    for (std::string* text : {&change.path, &change.to, &change.stash}) *text = record.text();
    for (auto directories = record.number(); directories > 0; --directories) {
      const auto device = record.number();
      change.directories.emplace(device, record.number());
    }
    names_.push_back(std::move(change));
  }
  for (auto files = record.number(); files > 0; --files) {
    Changes changes{.blocks = {}, .has_size = true, .size = 0};
    const int descriptor = raw_open(record.text(), O_RDWR);  // fails for a file that was removed since
    changes.size = record.number();
    for (auto blocks = record.number(); blocks > 0; --blocks) {
      const auto block = record.number();
      const std::string before = record.text();
      changes.blocks.emplace(block, std::vector<char>(before.begin(), before.end()));
    }
    if (descriptor < 0) continue;
    const auto status = status_of(descriptor);
    files_[{status.st_dev, status.st_ino}] = {descriptor, std::move(changes), {}};
  }
}

bool Unsynced::covers(const std::string& path) const {
  return path == root_ || (path.starts_with(root_) && path[root_.size()] == '/');
}

std::string Unsynced::stash_name() { return stash_ + "/" + std::to_string(++stashed_); }

Unsynced::File& Unsynced::file_of(int file) {
  const auto status = status_of(file);
  File& found = files_[{status.st_dev, status.st_ino}];
  if (found.descriptor < 0) {
    const std::string same = "/proc/self/fd/" + std::to_string(file);
    found.descriptor = raw_open(same, O_RDWR);
  }
  return found;
}

void Unsynced::forget_if_clean(const FileId& id) {
  const auto found = files_.find(id);
  if (found == files_.end() || found->second.unsynced.has_size) return;
  ::close(found->second.descriptor);
  files_.erase(found);
}

void Unsynced::before_write(int file, std::uint64_t at, std::uint64_t count) {
  File& changed = file_of(file);
  Changes& changes = changed.unsynced;
  if (!changes.has_size) {
    changes.has_size = true;
    changes.size = static_cast<std::uint64_t>(status_of(file).st_size);
  }
  if (count == 0) return;
  for (std::uint64_t block = at / block_bytes; block <= (at + count - 1) / block_bytes; ++block) {
    if (changes.blocks.contains(block)) continue;
    std::vector<char> before(block_bytes);
    const auto filled =
        ::pread(changed.descriptor, before.data(), block_bytes, static_cast<off_t>(block * block_bytes));
    before.resize(filled > 0 ? static_cast<std::size_t>(filled) : 0);
    changes.blocks.emplace(block, std::move(before));
  }
}

void Unsynced::before_size(int file, std::uint64_t size) {
  const auto now = static_cast<std::uint64_t>(status_of(file).st_size);
  before_write(file, size, now > size ? now - size : 0);
}

void Unsynced::created(const std::string& path) { note({NameChange::Kind::created, path, {}, {}, {}}); }

void Unsynced::made_directory(const std::string& path) {
  note({NameChange::Kind::made_directory, path, {}, {}, {}});
}

void Unsynced::removed(const std::string& path, const std::string& stash, bool is_directory) {
  const auto kind = is_directory ? NameChange::Kind::removed_directory : NameChange::Kind::removed;
  note({kind, path, {}, stash, {}});
}

void Unsynced::renamed(const std::string& from, const std::string& to, const std::string& stash) {
  note({NameChange::Kind::renamed, from, to, stash, {}});
}

void Unsynced::note(NameChange change) {
  for (const std::string* path : {&change.path, &change.to}) {
    struct stat status {};
    if (!path->empty() && ::stat(parent_of(*path).c_str(), &status) == 0)
      change.directories.emplace(status.st_dev, status.st_ino);
  }
  names_.push_back(std::move(change));
}

void Unsynced::sync_begins(int file) {
  const auto status = status_of(file);
  const auto found = files_.find({status.st_dev, status.st_ino});
  if (found != files_.end()) found->second.syncing = std::exchange(found->second.unsynced, {});
}

void Unsynced::sync_done(int file) {
  const auto status = status_of(file);
  const FileId id{status.st_dev, status.st_ino};
  if (const auto found = files_.find(id); found != files_.end()) found->second.syncing = {};
  forget_if_clean(id);
}

void Unsynced::directory_synced(int directory) {
  const auto status = status_of(directory);
  for (auto change = names_.begin(); change != names_.end(); ++change) {
    change->directories.erase({status.st_dev, status.st_ino});
    if (!change->directories.empty()) continue;
    if (!change->stash.empty()) raw_unlink(change->stash);
    // What is below a directory that has moved for good is found there from now on.
    if (change->kind == NameChange::Kind::renamed)
      std::for_each(names_.begin(), change,
                    [&](NameChange& before) { move(before, change->path, change->to); });
  }
  std::erase_if(names_, [](const NameChange& change) { return change.directories.empty(); });
}

void Unsynced::move(NameChange& change, const std::string& from, const std::string& to) {
  for (std::string* path : {&change.path, &change.to}) {
    if (path->starts_with(from + "/")) *path = to + path->substr(from.size());
  }
}

void Unsynced::cut(std::uint64_t seed, std::optional<unsigned> wanted) {
  std::mt19937_64 random(seed);
  constexpr unsigned percents[] = {0, 0, 50, 90};
  const unsigned keeps_percent = wanted.value_or(percents[random() % std::size(percents)]);
  if (keeps_percent >= 100) return save();
  for (const auto& [id, file] : files_) put_back(file, random, keeps_percent);
  const std::size_t surviving = keeps_percent == 0 ? 0 : random() % (names_.size() + 1);
  std::for_each(names_.rbegin(), names_.rend() - static_cast<std::ptrdiff_t>(surviving),
                [this](const NameChange& change) { undo(change); });
}

void Unsynced::put_back(const File& file, std::mt19937_64& random, unsigned keeps_percent) {
  const Changes& changes = file.unsynced;
  const auto size_now = static_cast<std::uint64_t>(status_of(file.descriptor).st_size);
  std::uint64_t size = changes.size;
  for (const auto& [block, before] : changes.blocks) {
    for (std::size_t at = 0; at < block_bytes; at += sector_bytes) {
      const std::uint64_t place = block * block_bytes + at;
      if (random() % 100 < keeps_percent) {
        size = std::max(size, std::min(size_now, place + sector_bytes));
        continue;
      }
      std::vector<char> sector(sector_bytes);  // zeros where the file had not reached to
      if (at < before.size())
        std::copy_n(before.begin() + static_cast<std::ptrdiff_t>(at),
                    std::min(sector_bytes, before.size() - at), sector.begin());
      raw_write(file.descriptor, sector.data(), sector_bytes, place);
    }
  }
  raw_size(file.descriptor, size);
}

void Unsynced::undo(const NameChange& change) {
  switch (change.kind) {
    case NameChange::Kind::created:
      raw_unlink(change.path);
      break;
    case NameChange::Kind::made_directory:
      raw_rename(change.path, stash_name());
      break;
    case NameChange::Kind::removed:
      raw_rename(change.stash, change.path);
      break;
    case NameChange::Kind::removed_directory:
      raw_mkdir(change.path);
      break;
    case NameChange::Kind::renamed:
      raw_rename(change.to, change.path);
      if (!change.stash.empty()) raw_rename(change.stash, change.to);
      break;
  }
}

}  // namespace power_cut
