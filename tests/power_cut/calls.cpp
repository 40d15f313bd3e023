// The system calls by which a node changes its files, each noted before it is passed on, and the power cut.
//
//   LD_PRELOAD=power_cut.so POWER_CUT_DIRECTORY=/path/of/data bellwether-node ...
//
// SIGUSR2 cuts the power: no call goes on from there, the directory becomes what a power cut would have left, and the
// process is killed. POWER_CUT_AT=N does that in the place of the N-th call that changes something.
// POWER_CUT_SEED chooses what survives of the rest, POWER_CUT_KEEPS=N says that it is N percent; with 100 it is a
// kill -9 and no more. SIGUSR1 lets the disk lie from then on, to prove that the
// cut can find something: POWER_CUT_LIES=files, a sync of a file does nothing and says that it was done;
// POWER_CUT_LIES=names, likewise of a directory.
// After POWER_CUT_KEEPS=100 the next process with the library still knows what was not synced; else what was written before
// it began counts as durable.
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdarg>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "unsynced.hpp"

namespace {

using power_cut::Unsynced;

std::string text_of(const char* variable) {
  const char* value = std::getenv(variable);
  return value == nullptr ? "" : value;
}

class PowerCut {
 public:
  PowerCut() : root_(text_of("POWER_CUT_DIRECTORY")), lies_(text_of("POWER_CUT_LIES")), unsynced_(root_) {
    pthread_rwlockattr_t attributes;
    pthread_rwlockattr_init(&attributes);
    pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&power_, &attributes);
    if (const auto at = text_of("POWER_CUT_AT"); !at.empty()) cut_at_ = std::stoul(at);
    if (const auto seed = text_of("POWER_CUT_SEED"); !seed.empty()) seed_ = std::stoul(seed);
    if (const auto keeps = text_of("POWER_CUT_KEEPS"); !keeps.empty())
      keeps_ = static_cast<unsigned>(std::stoul(keeps));
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR1);
    sigaddset(&signals, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // also of every thread to come
    std::thread([this, signals] {
      for (int signal = 0; sigwait(&signals, &signal) == 0;) {
        if (signal == SIGUSR2) cut();
        lying_ = true;
      }
    }).detach();
  }

  // One call that changes something, as long as there is power.
  class Call {
   public:
    explicit Call(PowerCut& power) : power_(power) {
      if (++power_.calls_ == power_.cut_at_) power_.cut();
      pthread_rwlock_rdlock(&power_.power_);
    }
    ~Call() { pthread_rwlock_unlock(&power_.power_); }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

   private:
    PowerCut& power_;
  };

  template <typename Action>
  auto note(Action action) {
    const std::scoped_lock lock(mutex_);
    const int kept = errno;
    if constexpr (std::is_void_v<decltype(action(unsynced_))>) {
      action(unsynced_);
      errno = kept;
    } else {
      auto result = action(unsynced_);
      errno = kept;
      return result;
    }
  }

  bool covers(const std::string& path) const { return !root_.empty() && unsynced_.covers(path); }
  bool lies_about_files() const { return lying_ && lies_ == "files"; }
  bool lies_about_names() const { return lying_ && lies_ == "names"; }

  [[noreturn]] void cut() {
    pthread_rwlock_wrlock(&power_);  // never given back
    unsynced_.cut(seed_, keeps_);
    ::kill(::getpid(), SIGKILL);
    for (;;) ::pause();
  }

 private:
  const std::string root_;
  const std::string lies_;
  std::atomic<bool> lying_ = false;
  unsigned long cut_at_ = 0;
  unsigned long seed_ = 0;
  std::optional<unsigned> keeps_;
  std::atomic<unsigned long> calls_ = 0;
  pthread_rwlock_t power_;
  std::mutex mutex_;  // guards unsynced_, which is noted by several threads at once
  Unsynced unsynced_;
};

// Made by the first call, or when the library is loaded; never destroyed, since threads outlive main.
PowerCut& power() {
  static auto* power = new PowerCut();
  return *power;
}

[[maybe_unused]] const PowerCut& made_when_loaded = power();

template <typename Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

std::string path_of(int file) {
  std::array<char, PATH_MAX> path;
  const std::string link = "/proc/self/fd/" + std::to_string(file);
  const auto count = ::readlink(link.c_str(), path.data(), path.size());
  return count > 0 ? std::string(path.data(), static_cast<std::size_t>(count)) : std::string();
}

// Absolute, which those that the node makes of --data-dir are.
std::string full(int directory, const char* path) {
  if (path[0] == '/') return path;
  std::array<char, PATH_MAX> here;
  const std::string base =
      directory != AT_FDCWD ? path_of(directory) : (::getcwd(here.data(), here.size()) ? here.data() : "");
  return base + "/" + path;
}

bool exists(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0;
}

bool is_regular(int file) {
  struct stat status {};
  return ::fstat(file, &status) == 0 && S_ISREG(status.st_mode);
}

bool is_covered(int file) {
  const int kept = errno;
  const bool covered = is_regular(file) && power().covers(path_of(file));
  errno = kept;
  return covered;
}

// `call` writes `count` bytes at `at`.
template <typename Write>
ssize_t write_noted(int file, std::uint64_t at, std::uint64_t count, Write call) {
  if (!is_covered(file)) return call();
  const PowerCut::Call held(power());
  power().note([&](Unsynced& unsynced) { unsynced.before_write(file, at, count); });
  return call();
}

template <typename Open>
int open_noted(const std::string& path, int flags, Open call) {
  constexpr int changing = O_CREAT | O_TRUNC;
  if ((flags & changing) == 0 || !power().covers(path)) return call(flags);
  const PowerCut::Call held(power());
  const bool is_new = !exists(path);
  const int file = call(flags & ~O_TRUNC);
  if (file < 0) return file;
  if (is_new) power().note([&](Unsynced& unsynced) { unsynced.created(path); });
  if ((flags & O_TRUNC) != 0) {
    power().note([&](Unsynced& unsynced) { unsynced.before_size(file, 0); });
    static_cast<void>(next<int (*)(int, off_t)>("ftruncate")(file, 0));
  }
  return file;
}

int sync_noted(int file, const char* name) {
  const auto call = next<int (*)(int)>(name);
  struct stat status {};
  if (::fstat(file, &status) != 0) return call(file);
  if (S_ISDIR(status.st_mode)) {  // also the one around ours, which holds its name
    const PowerCut::Call held(power());
    if (power().lies_about_names()) return 0;
    const int result = call(file);
    if (result == 0) power().note([&](Unsynced& unsynced) { unsynced.directory_synced(file); });
    return result;
  }
  if (!power().covers(path_of(file))) return call(file);
  const PowerCut::Call held(power());
  if (power().lies_about_files()) return 0;
  power().note([&](Unsynced& unsynced) { unsynced.sync_begins(file); });
  const int result = call(file);
  power().note([&](Unsynced& unsynced) { unsynced.sync_done(file); });
  return result;
}

int unlink_noted(int directory, const char* name, int flags) {
  const auto call = next<int (*)(int, const char*, int)>("unlinkat");
  const std::string path = full(directory, name);
  if (!power().covers(path)) return call(directory, name, flags);
  const PowerCut::Call held(power());
  const bool is_directory = (flags & AT_REMOVEDIR) != 0;
  const auto stash = power().note([](Unsynced& unsynced) { return unsynced.stash_name(); });
  if (!is_directory) static_cast<void>(::link(path.c_str(), stash.c_str()));
  const int result = call(directory, name, flags);
  if (result == 0) power().note([&](Unsynced& unsynced) { unsynced.removed(path, stash, is_directory); });
  return result;
}

}  // namespace

// The same names as in the C library; what the node links to.
extern "C" {

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  return open_noted(full(AT_FDCWD, path), flags, [&](int passed) {
    return next<int (*)(const char*, int, mode_t)>("open")(path, passed, mode);
  });
}

int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  return open(path, flags, mode);
}

ssize_t write(int file, const void* from, size_t count) {
  const auto at = ::lseek(file, 0, SEEK_CUR);
  return write_noted(file, at < 0 ? 0 : static_cast<std::uint64_t>(at), count,
                     [&] { return next<ssize_t (*)(int, const void*, size_t)>("write")(file, from, count); });
}

ssize_t pwrite(int file, const void* from, size_t count, off_t at) {
  return write_noted(file, static_cast<std::uint64_t>(at), count, [&] {
    return next<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite")(file, from, count, at);
  });
}

ssize_t pwrite64(int file, const void* from, size_t count, off_t at) { return pwrite(file, from, count, at); }

ssize_t pwritev(int file, const iovec* pieces, int pieces_count, off_t at) {
  std::uint64_t count = 0;
  for (int i = 0; i < pieces_count; ++i) count += pieces[i].iov_len;
  return write_noted(file, static_cast<std::uint64_t>(at), count, [&] {
    return next<ssize_t (*)(int, const iovec*, int, off_t)>("pwritev")(file, pieces, pieces_count, at);
  });
}

ssize_t pwritev64(int file, const iovec* pieces, int count, off_t at) {
  return pwritev(file, pieces, count, at);
}

int ftruncate(int file, off_t size) {
  const auto call = next<int (*)(int, off_t)>("ftruncate");
  if (!is_covered(file)) return call(file, size);
  const PowerCut::Call held(power());
  power().note([&](Unsynced& unsynced) { unsynced.before_size(file, static_cast<std::uint64_t>(size)); });
  return call(file, size);
}

int ftruncate64(int file, off_t size) { return ftruncate(file, size); }

int posix_fallocate(int file, off_t from, off_t count) {
  const auto call = next<int (*)(int, off_t, off_t)>("posix_fallocate");
  if (!is_covered(file)) return call(file, from, count);
  const PowerCut::Call held(power());
  power().note([&](Unsynced& unsynced) { unsynced.before_write(file, 0, 0); });  // it changes the size alone
  return call(file, from, count);
}

int posix_fallocate64(int file, off_t from, off_t count) { return posix_fallocate(file, from, count); }

int fsync(int file) { return sync_noted(file, "fsync"); }
int fdatasync(int file) { return sync_noted(file, "fdatasync"); }

int rename(const char* from, const char* to) {
  const auto call = next<int (*)(const char*, const char*)>("rename");
  const std::string old_path = full(AT_FDCWD, from);
  const std::string new_path = full(AT_FDCWD, to);
  if (!power().covers(old_path)) return call(from, to);
  const PowerCut::Call held(power());
  std::string stash;
  if (exists(new_path)) {
    stash = power().note([](Unsynced& unsynced) { return unsynced.stash_name(); });
    if (::link(new_path.c_str(), stash.c_str()) != 0) stash.clear();  // a directory
  }
  const int result = call(from, to);
  if (result == 0) power().note([&](Unsynced& unsynced) { unsynced.renamed(old_path, new_path, stash); });
  return result;
}

int unlink(const char* path) { return unlink_noted(AT_FDCWD, path, 0); }
int rmdir(const char* path) { return unlink_noted(AT_FDCWD, path, AT_REMOVEDIR); }
int unlinkat(int directory, const char* path, int flags) { return unlink_noted(directory, path, flags); }

int mkdir(const char* path, mode_t mode) {
  const auto call = next<int (*)(const char*, mode_t)>("mkdir");
  const std::string whole = full(AT_FDCWD, path);
  if (!power().covers(whole)) return call(path, mode);
  const PowerCut::Call held(power());
  const int result = call(path, mode);
  if (result == 0) power().note([&](Unsynced& unsynced) { unsynced.made_directory(whole); });
  return result;
}
}
