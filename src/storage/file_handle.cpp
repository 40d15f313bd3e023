#include "storage/file_handle.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace bellwether::storage {
namespace {

Result<void> write_all(const FileHandle& file, std::string_view text, const std::filesystem::path& path) {
  while (!text.empty()) {
    const ssize_t written = ::write(file.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_failure("write", path);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

}  // namespace

FileHandle& FileHandle::operator=(FileHandle&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

FileHandle::~FileHandle() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

tl::unexpected<Error> system_failure(std::string_view action, const std::filesystem::path& path) {
  const std::error_code code(errno, std::generic_category());
  return failure(code, "cannot " + std::string(action) + " " + path.string() + ": " + code.message());
}

Result<FileHandle> open_file(const std::filesystem::path& path, int flags, mode_t mode) {
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  if (descriptor < 0) return system_failure("open", path);
  return FileHandle(descriptor);
}

Result<void> sync_directory(const std::filesystem::path& directory) {
  const auto handle = open_file(directory.empty() ? "." : directory, O_RDONLY | O_DIRECTORY);
  if (!handle) return tl::unexpected(handle.error());
  if (::fsync(handle->get()) != 0) return system_failure("sync", directory);
  return {};
}

Result<std::string> read_whole_file(const std::filesystem::path& path) {
  const auto file = open_file(path, O_RDONLY);
  if (!file) return tl::unexpected(file.error());
  std::string text;
  std::array<char, 4096> part;
  for (;;) {
    const ssize_t count = ::read(file->get(), part.data(), part.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_failure("read", path);
    if (count == 0) return text;
    text.append(part.data(), static_cast<std::size_t>(count));
  }
}

namespace {

Result<void> write_fresh(const std::filesystem::path& fresh, std::string_view text) {
  const auto file = open_file(fresh, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (!file) return tl::unexpected(file.error());
  if (auto written = write_all(*file, text, fresh); !written) return written;
  if (::fsync(file->get()) != 0) return system_failure("sync", fresh);
  return {};
}

}  // namespace

Result<void> replace_file(const std::filesystem::path& path, std::string_view text) {
  const std::filesystem::path fresh = path.string() + ".new";
  auto written = write_fresh(fresh, text);
  if (written && ::rename(fresh.c_str(), path.c_str()) != 0) written = system_failure("rename to", path);
  if (written) return sync_directory(path.parent_path());
  (void)::unlink(fresh.c_str());  // of no use, and it may have taken the last room
  return written;
}

}  // namespace bellwether::storage
