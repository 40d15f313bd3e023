#include "storage/posix_disk.hpp"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <vector>

namespace bellwether::storage {
namespace {

// The part of `pieces` that is not written yet, handed out in vectors that one system call takes.
class Unwritten {
 public:
  explicit Unwritten(std::span<const Piece> pieces) : pieces_(pieces) { skip_empty(); }

  bool empty() const { return pieces_.empty(); }

  std::span<const iovec> next() {
    const std::size_t count = std::min(pieces_.size(), vectors_.size());
    for (std::size_t i = 0; i < count; ++i) vectors_[i] = as_vector(i == 0 ? front() : pieces_[i]);
    return {vectors_.data(), count};
  }

  void written(std::size_t bytes) {
    while (bytes > 0) {
      const std::size_t step = std::min(bytes, front().size());
      front_written_ += step;
      bytes -= step;
      skip_empty();
    }
  }

 private:
  Piece front() const { return pieces_.front().subspan(front_written_); }

  void skip_empty() {
    while (!pieces_.empty() && front().empty()) {
      pieces_ = pieces_.subspan(1);
      front_written_ = 0;
    }
  }

  static iovec as_vector(Piece piece) {
    return {const_cast<std::byte*>(piece.data()),
            piece.size()};  // pwritev only reads, its type does not say so
  }

  std::span<const Piece> pieces_;
  std::size_t front_written_ = 0;  // bytes of the first piece
  std::array<iovec, IOV_MAX> vectors_;
};

}  // namespace

Result<std::unique_ptr<PosixDisk>> PosixDisk::open(const std::filesystem::path& path) {
  return open_with(path, O_RDWR);
}

Result<std::unique_ptr<PosixDisk>> PosixDisk::open_to_read(const std::filesystem::path& path) {
  return open_with(path, O_RDONLY);
}

Result<std::unique_ptr<PosixDisk>> PosixDisk::create(const std::filesystem::path& path) {
  return open_with(path, O_RDWR | O_CREAT | O_TRUNC);
}

Result<std::unique_ptr<PosixDisk>> PosixDisk::open_with(const std::filesystem::path& path, int flags) {
  auto file = open_file(path, flags, 0600);
  if (!file) return tl::unexpected(file.error());
  struct stat status {};
  if (::fstat(file->get(), &status) != 0) return system_failure("look at", path);
  const auto size = static_cast<std::uint64_t>(status.st_size);
  return std::unique_ptr<PosixDisk>(new PosixDisk(path.string(), *std::move(file), size));
}

Result<std::size_t> PosixDisk::read(std::uint64_t position, std::span<std::byte> into) {
  std::size_t filled = 0;
  while (filled < into.size()) {
    const auto from = static_cast<off_t>(position + filled);
    const ssize_t count = ::pread(file_.get(), into.data() + filled, into.size() - filled, from);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_failure("read", name_);
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  return filled;
}

Result<void> PosixDisk::write(std::uint64_t position, std::span<const Piece> pieces) {
  Unwritten rest(pieces);
  while (!rest.empty()) {
    const auto vectors = rest.next();
    const auto at = static_cast<off_t>(position);
    const ssize_t count = ::pwritev(file_.get(), vectors.data(), static_cast<int>(vectors.size()), at);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_failure("write", name_);
    rest.written(static_cast<std::size_t>(count));
    position += static_cast<std::uint64_t>(count);
  }
  size_ = std::max(size_, position);
  return {};
}

Result<void> PosixDisk::reserve(std::uint64_t bytes) {
  do {
    errno = ::posix_fallocate(file_.get(), 0, static_cast<off_t>(bytes));  // it returns the error
  } while (errno == EINTR);
  if (errno != 0) return system_failure("reserve room for", name_);
  size_ = bytes;
  return {};
}

// Into blocks that were only promised (fallocate) each sync has to write down that they hold something now. The
// zeros go through the page cache and not around it: the pages that stay there make the records' own writes
// cheaper than anything else that was tried. docs/storage.md has the figures.
Result<void> PosixDisk::write_zeros(std::uint64_t position, std::uint64_t bytes) {
  const std::vector<std::byte> zeros(static_cast<std::size_t>(bytes));
  const Piece piece(zeros);
  if (auto written = write(position, {&piece, 1}); !written) return written;
  return sync();
}

Result<void> PosixDisk::sync() {
  if (::fdatasync(file_.get()) != 0) return system_failure("sync", name_);
  return {};
}

void PosixDisk::drop_cached() { (void)::posix_fadvise(file_.get(), 0, 0, POSIX_FADV_DONTNEED); }

}  // namespace bellwether::storage
