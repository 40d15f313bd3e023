#include "storage/segment_files.hpp"

#include <algorithm>
#include <utility>

namespace bellwether::storage {

Result<Bytes> SegmentFiles::view(const SegmentHeader& segment, std::uint64_t position, std::size_t count,
                                 std::uint64_t end) {
  if (position >= end) return Bytes();
  count = static_cast<std::size_t>(std::min<std::uint64_t>(count, end - position));
  const auto holds = [&](const Piece& piece) {
    return piece.number == segment.number && piece.from <= position &&
           position + count <= piece.from + piece.bytes.size();
  };
  const auto found = std::ranges::find_if(pieces_, holds);
  if (found != pieces_.end()) {
    pieces_.splice(pieces_.begin(), pieces_, found);
  } else {
    const auto wanted = std::min<std::uint64_t>(std::max(count, piece_bytes), end - position);
    auto bytes = read(segment, position, static_cast<std::size_t>(wanted));
    // A place that cannot be read is none of those before it.
    if (!bytes && wanted > count) bytes = read(segment, position, count);
    if (!bytes) return bytes;
    keep({.number = segment.number, .from = position, .bytes = *std::move(bytes)});
  }
  const Piece& piece = pieces_.front();
  const auto from = static_cast<std::size_t>(position - piece.from);
  return piece.bytes.slice(from, std::min(count, piece.bytes.size() - from));
}

Result<Bytes> SegmentFiles::read(const SegmentHeader& segment, std::uint64_t position, std::size_t count) {
  const auto disk = file(segment.number);
  if (!disk) return tl::unexpected(disk.error());
  std::shared_ptr<std::byte[]> buffer(new std::byte[count]);
  const std::span<std::byte> space(buffer.get(), count);
  const auto filled = (*disk)->read(position, space);
  if (!filled) return tl::unexpected(filled.error());
  return Bytes(std::move(buffer), space.first(*filled));
}

Result<Disk*> SegmentFiles::file(std::uint64_t number) {
  const auto found = std::ranges::find(files_, number, &File::number);
  if (found != files_.end()) {
    files_.splice(files_.begin(), files_, found);
    return files_.front().disk.get();
  }
  auto opened = folder_.open(segment_name(number));
  if (!opened) return tl::unexpected(std::move(opened.error()));
  files_.push_front({number, *std::move(opened)});
  if (files_.size() > files_max) files_.pop_back();
  return files_.front().disk.get();
}

void SegmentFiles::forget_before(std::uint64_t segment) {
  files_.remove_if([segment](const File& file) { return file.number < segment; });
  pieces_.remove_if([&](const Piece& piece) {
    if (piece.number >= segment) return false;
    pieces_bytes_ -= piece.bytes.size();
    return true;
  });
}

void SegmentFiles::keep(Piece piece) {
  pieces_bytes_ += piece.bytes.size();
  pieces_.push_front(std::move(piece));
  while (pieces_bytes_ > pieces_bytes_max && pieces_.size() > 1) {
    pieces_bytes_ -= pieces_.back().bytes.size();
    pieces_.pop_back();
  }
}

}  // namespace bellwether::storage
