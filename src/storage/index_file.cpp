#include "storage/index_file.hpp"

#include <string_view>
#include <utility>

#include "base/little_endian.hpp"
#include "storage/file_names.hpp"
#include "storage/side_file.hpp"

namespace bellwether::storage {
namespace {

constexpr std::string_view magic = "BELLWIDX";
constexpr std::string_view suffix = ".index";
constexpr std::uint32_t version = 1;
constexpr std::size_t point_bytes = 32;
constexpr std::uint64_t file_bytes_max = 256 * 1024 * 1024;

tl::unexpected<Error> broken(const SegmentHeader& segment, const char* why) {
  return failure(std::errc::bad_message, index_name(segment.number) + " cannot be used: " + why);
}

bool follows(const IndexPoint& point, const IndexPoint* before, const SegmentHeader& segment) {
  if (point.position < segment.records_start() || point.position >= segment.limit()) return false;
  if (before == nullptr) return true;
  return point.index > before->index && point.position > before->position && point.offset >= before->offset;
}

}  // namespace

std::string index_name(std::uint64_t segment_number) { return numbered_name(segment_number, suffix); }

std::optional<std::uint64_t> segment_number_of_index(std::string_view file) {
  return number_in_name(file, suffix);
}

std::vector<std::byte> encode_index(const SegmentHeader& segment, const SegmentIndex& index) {
  const auto& points = index.points();
  std::vector<std::byte> bytes(side_header_bytes + point_bytes * points.size());
  store_little_endian(bytes.data() + 8, version);
  store_little_endian(bytes.data() + 12, static_cast<std::uint32_t>(points.size()));
  store_little_endian(bytes.data() + 16, static_cast<std::uint64_t>(segment.file));
  store_little_endian(bytes.data() + 24, segment.number);
  std::byte* at = bytes.data() + side_header_bytes;
  for (const IndexPoint& point : points) {
    store_little_endian(at, point.index);
    store_little_endian(at + 8, point.position);
    store_little_endian(at + 16, point.offset);
    store_little_endian(at + 24, point.time_ms);
    at += point_bytes;
  }
  seal_side_file(bytes, magic);
  return bytes;
}

Result<SegmentIndex> decode_index(const SegmentHeader& segment, std::span<const std::byte> bytes) {
  if (!has_side_header(bytes, magic)) {
    return broken(segment, "it does not start as an index does");
  }
  if (!has_its_sum(bytes)) {
    return broken(segment, "it fails its check");
  }
  if (load_little_endian<std::uint32_t>(bytes.data() + 8) != version)
    return broken(segment, "its version is unknown");
  if (load_little_endian<std::uint64_t>(bytes.data() + 16) != static_cast<std::uint64_t>(segment.file) ||
      load_little_endian<std::uint64_t>(bytes.data() + 24) != segment.number) {
    return broken(segment, "it belongs to another segment");
  }
  const std::size_t count = load_little_endian<std::uint32_t>(bytes.data() + 12);
  if (bytes.size() - side_header_bytes != point_bytes * count)
    return broken(segment, "it has not the size that it says");
  std::vector<IndexPoint> points;
  points.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::byte* at = bytes.data() + side_header_bytes + point_bytes * i;
    const IndexPoint point{.index = load_little_endian<std::uint64_t>(at),
                           .position = load_little_endian<std::uint64_t>(at + 8),
                           .offset = load_little_endian<std::uint64_t>(at + 16),
                           .time_ms = load_little_endian<std::uint64_t>(at + 24)};
    if (!follows(point, points.empty() ? nullptr : &points.back(), segment)) {
      return broken(segment, "its points contradict each other");
    }
    points.push_back(point);
  }
  return SegmentIndex(std::move(points));
}

Result<void> write_index(Folder& folder, const SegmentHeader& segment, const SegmentIndex& index) {
  const auto bytes = encode_index(segment, index);
  const Piece piece(bytes);
  return replace_file(folder, index_name(segment.number), {&piece, 1});
}

Result<SegmentIndex> read_index(Folder& folder, const SegmentHeader& segment) {
  const auto bytes = read_file(folder, index_name(segment.number), file_bytes_max);
  if (!bytes) return tl::unexpected(bytes.error());
  return decode_index(segment, *bytes);
}

}  // namespace bellwether::storage
