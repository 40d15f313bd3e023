// The system calls by which a node changes its files, each slow, hanging or failing as a control file says.
//
//   LD_PRELOAD=disk_faults.so DISK_FAULTS_DIRECTORY=/path/of/data DISK_FAULTS_CONTROL=/path/of/control bellwether-node ...
//
// The control file is mapped into memory and read at each call: four kinds of calls (write, sync, open, rename), for each
// three numbers of 32 bits in the machine's order: whether it hangs, for as long as that is not 0; the milliseconds that it
// takes longer; the errno with which it fails, 0 for none. Whoever writes there changes the disk at once. What
// already hangs when the number turns 0 goes on. Calls outside of the directory are as they are.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <string>

namespace {

enum Kind { writing, syncing, opening, renaming, kinds };

struct Trouble {
  std::atomic<std::uint32_t> hangs;
  std::atomic<std::uint32_t> delay_ms;
  std::atomic<std::uint32_t> error;
};
static_assert(sizeof(Trouble) == 12 && std::atomic<std::uint32_t>::is_always_lock_free);

template <typename Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

std::string text_of(const char* variable) {
  const char* value = std::getenv(variable);
  return value == nullptr ? "" : value;
}

struct Disk {
  Disk() : root(text_of("DISK_FAULTS_DIRECTORY")) {
    const std::string control = text_of("DISK_FAULTS_CONTROL");
    if (root.empty() || control.empty()) return;
    const int file = next<int (*)(const char*, int, ...)>("open")(control.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) std::abort();
    void* mapped = ::mmap(nullptr, kinds * sizeof(Trouble), PROT_READ, MAP_SHARED, file, 0);
    if (mapped == MAP_FAILED) std::abort();
    ::close(file);
    troubles = static_cast<const Trouble*>(mapped);
  }

  bool covers(const std::string& path) const {
    return troubles != nullptr && (path == root || (path.starts_with(root) && path[root.size()] == '/'));
  }

  const std::string root;
  const Trouble* troubles = nullptr;
};

// Made by the first call, or when the library is loaded; never destroyed, since threads outlive main.
const Disk& disk() {
  static const auto* disk = new Disk();
  return *disk;
}

[[maybe_unused]] const Disk& made_when_loaded = disk();

void pass_ms(std::uint32_t ms) {
  const timespec time{.tv_sec = ms / 1000, .tv_nsec = static_cast<long>(ms % 1000) * 1'000'000};
  ::nanosleep(&time, nullptr);
}

// The errno with which a call of this kind fails, after the time that it takes; 0 for none.
int trouble_of(Kind kind) {
  constexpr std::uint32_t look_again_ms = 2;
  const Trouble& trouble = disk().troubles[kind];
  if (const auto delay = trouble.delay_ms.load(); delay > 0) pass_ms(delay);
  while (trouble.hangs.load() != 0) pass_ms(look_again_ms);
  return static_cast<int>(trouble.error.load());
}

std::string path_of(int file) {
  std::array<char, PATH_MAX> path;
  const std::string link = "/proc/self/fd/" + std::to_string(file);
  const auto count = ::readlink(link.c_str(), path.data(), path.size());
  return count > 0 ? std::string(path.data(), static_cast<std::size_t>(count)) : std::string();
}

bool is_of_disk(int file) {
  struct stat status {};
  const bool is_file = ::fstat(file, &status) == 0 && (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode));
  return is_file && disk().covers(path_of(file));
}

// The call, unless it fails first; -1 and errno then.
template <typename Call>
auto on_file(int file, Kind kind, Call call) -> decltype(call()) {
  if (disk().troubles != nullptr && is_of_disk(file)) {
    if (const int error = trouble_of(kind)) {
      errno = error;
      return -1;
    }
  }
  return call();
}

template <typename Call>
int on_path(const char* path, Kind kind, Call call) {
  if (disk().covers(path)) {
    if (const int error = trouble_of(kind)) {
      errno = error;
      return -1;
    }
  }
  return call();
}

}  // namespace

// The same names as in the C library; what the node links to. Its paths are absolute.
extern "C" {

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  return on_path(path, opening,
                 [&] { return next<int (*)(const char*, int, ...)>("open")(path, flags, mode); });
}

int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  return open(path, flags, mode);
}

ssize_t write(int file, const void* from, size_t count) {
  return on_file(file, writing,
                 [&] { return next<ssize_t (*)(int, const void*, size_t)>("write")(file, from, count); });
}

ssize_t pwrite(int file, const void* from, size_t count, off_t at) {
  return on_file(file, writing, [&] {
    return next<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite")(file, from, count, at);
  });
}

ssize_t pwrite64(int file, const void* from, size_t count, off_t at) { return pwrite(file, from, count, at); }

ssize_t pwritev(int file, const iovec* pieces, int count, off_t at) {
  return on_file(file, writing, [&] {
    return next<ssize_t (*)(int, const iovec*, int, off_t)>("pwritev")(file, pieces, count, at);
  });
}

ssize_t pwritev64(int file, const iovec* pieces, int count, off_t at) {
  return pwritev(file, pieces, count, at);
}

int ftruncate(int file, off_t size) {
  return on_file(file, writing, [&] { return next<int (*)(int, off_t)>("ftruncate")(file, size); });
}

int ftruncate64(int file, off_t size) { return ftruncate(file, size); }

int posix_fallocate(int file, off_t from, off_t count) {  // it returns the error
  const auto call = [&] { return next<int (*)(int, off_t, off_t)>("posix_fallocate")(file, from, count); };
  const int result = on_file(file, writing, call);
  return result < 0 ? errno : result;
}

int posix_fallocate64(int file, off_t from, off_t count) { return posix_fallocate(file, from, count); }

int fsync(int file) {
  return on_file(file, syncing, [&] { return next<int (*)(int)>("fsync")(file); });
}

int fdatasync(int file) {
  return on_file(file, syncing, [&] { return next<int (*)(int)>("fdatasync")(file); });
}

int rename(const char* from, const char* to) {
  return on_path(from, renaming, [&] { return next<int (*)(const char*, const char*)>("rename")(from, to); });
}
}
