#include "storage/folder.hpp"

#include <cerrno>

namespace bellwether::storage {
namespace {

Result<void> write_staging(Folder& folder, const std::string& staging, std::span<const Piece> pieces) {
  const auto disk = folder.create(staging);
  if (!disk) return tl::unexpected(disk.error());
  if (auto written = (*disk)->write(0, pieces); !written) return written;
  return (*disk)->sync();
}

}  // namespace

bool is_no_room(const std::error_code& error) {
  return error == std::errc::no_space_on_device || error == std::error_code(EDQUOT, std::generic_category());
}

Result<void> replace_file(Folder& folder, const std::string& file, std::span<const Piece> pieces) {
  const std::string staging = file + std::string(staging_suffix);
  auto written = write_staging(folder, staging, pieces);
  if (written) written = folder.rename(staging, file);
  if (written) return folder.sync();
  (void)folder.remove(staging);  // it may have taken the last room, which others need
  return written;
}

Result<std::vector<std::byte>> read_file(Folder& folder, const std::string& file, std::uint64_t bytes_max) {
  const auto disk = folder.open(file);
  if (!disk) return tl::unexpected(disk.error());
  if ((*disk)->size() > bytes_max)
    return failure(std::errc::file_too_large, (*disk)->name() + " is too large");
  std::vector<std::byte> bytes((*disk)->size());
  const auto filled = (*disk)->read(0, bytes);
  if (!filled) return tl::unexpected(filled.error());
  bytes.resize(*filled);
  return bytes;
}

Result<std::optional<std::string>> read_text(Folder& folder, const std::string& file) {
  constexpr std::uint64_t bytes_max = 1024 * 1024;
  if (auto synced = folder.sync(); !synced) return tl::unexpected(std::move(synced.error()));
  const auto bytes = read_file(folder, file, bytes_max);
  if (bytes) return std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  if (bytes.error().code == std::errc::no_such_file_or_directory) return std::nullopt;
  return tl::unexpected(bytes.error());
}

Result<void> replace_text(Folder& folder, const std::string& file, std::string_view text) {
  const Piece piece = std::as_bytes(std::span(text));
  return replace_file(folder, file, {&piece, 1});
}

}  // namespace bellwether::storage
