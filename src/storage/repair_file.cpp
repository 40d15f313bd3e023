#include "storage/repair_file.hpp"

#include <memory>
#include <string_view>
#include <utility>

#include "base/little_endian.hpp"
#include "storage/file_names.hpp"
#include "storage/side_file.hpp"

namespace bellwether::storage {
namespace {

constexpr std::string_view magic = "BELLWREP";
constexpr std::string_view suffix = ".repair";
constexpr std::uint32_t version = 1;

tl::unexpected<Error> broken(const SegmentHeader& segment, const std::string& why) {
  return failure(std::errc::bad_message, repair_name(segment.number) + " cannot be used: " + why);
}

std::vector<std::byte> header_of(const SegmentHeader& segment, std::size_t count) {
  std::vector<std::byte> bytes(side_header_bytes);
  store_little_endian(bytes.data() + 8, version);
  store_little_endian(bytes.data() + 12, static_cast<std::uint32_t>(count));
  store_little_endian(bytes.data() + 16, static_cast<std::uint64_t>(segment.file));
  store_little_endian(bytes.data() + 24, segment.number);
  store_little_endian(bytes.data() + 32, static_cast<std::uint64_t>(segment.log));
  return bytes;
}

Result<void> check_header(const SegmentHeader& segment, std::span<const std::byte> bytes) {
  if (!has_side_header(bytes, magic)) return broken(segment, "it does not start as a repair does");
  if (!has_its_sum(bytes)) return broken(segment, "it fails its check");
  if (load_little_endian<std::uint32_t>(bytes.data() + 8) != version)
    return broken(segment, "its version is unknown");
  if (load_little_endian<std::uint64_t>(bytes.data() + 16) != static_cast<std::uint64_t>(segment.file) ||
      load_little_endian<std::uint64_t>(bytes.data() + 24) != segment.number ||
      load_little_endian<std::uint64_t>(bytes.data() + 32) != static_cast<std::uint64_t>(segment.log)) {
    return broken(segment, "it belongs to another segment");
  }
  return {};
}

Result<Bytes> read_bytes(Folder& folder, const SegmentHeader& segment) {
  auto bytes = read_file(folder, repair_name(segment.number), segment.bytes);
  if (!bytes) return tl::unexpected(bytes.error());
  const auto owner = std::make_shared<const std::vector<std::byte>>(*std::move(bytes));
  return Bytes(owner, *owner);
}

}  // namespace

std::string repair_name(std::uint64_t segment_number) { return numbered_name(segment_number, suffix); }

std::optional<std::uint64_t> segment_number_of_repair(std::string_view file) {
  return number_in_name(file, suffix);
}

std::vector<std::byte> encode_repair(const SegmentHeader& segment, const RepairedEntries& entries) {
  std::vector<std::byte> bytes = header_of(segment, entries.size());
  for (const auto& [index, entry] : entries) {
    const std::size_t at = bytes.size();
    bytes.resize(at + sizeof(Index));
    store_little_endian(bytes.data() + at, index);
    for (const Bytes& piece : entry->encoded) {
      bytes.insert(bytes.end(), piece.span().begin(), piece.span().end());
    }
  }
  seal_side_file(bytes, magic);
  return bytes;
}

Result<RepairedEntries> decode_repair(const SegmentHeader& segment, const Bytes& bytes) {
  if (auto fits = check_header(segment, bytes.span()); !fits) return tl::unexpected(fits.error());
  const std::size_t count = load_little_endian<std::uint32_t>(bytes.data() + 12);
  RepairedEntries entries;
  std::size_t at = side_header_bytes;
  while (entries.size() < count) {
    if (bytes.size() - at < sizeof(Index)) return broken(segment, "it is too short");
    const auto index = load_little_endian<std::uint64_t>(bytes.data() + at);
    at += sizeof(Index);
    if (!entries.empty() && index <= entries.rbegin()->first)
      return broken(segment, "its entries are not in order");
    auto entry = parse_entry(index, bytes.slice(at, bytes.size() - at));
    if (!entry) return broken(segment, entry.error().what);
    at += (*entry)->encoded_bytes;
    entries.emplace_hint(entries.end(), index, *std::move(entry));
  }
  if (at != bytes.size()) return broken(segment, "it has not the size that it says");
  return entries;
}

Result<RepairedEntries> read_repair(Folder& folder, const SegmentHeader& segment) {
  const auto bytes = read_bytes(folder, segment);
  if (!bytes) return tl::unexpected(bytes.error());
  return decode_repair(segment, *bytes);
}

// One that is there and of no use is replaced: what it held is fetched again when it is missed.
Result<void> add_to_repair(Folder& folder, const SegmentHeader& segment, RepairedEntries entries) {
  if (auto before = read_repair(folder, segment)) entries.merge(*before);
  const auto bytes = encode_repair(segment, entries);
  if (bytes.size() > segment.bytes)
    return failure(std::errc::file_too_large,
                   repair_name(segment.number) + " would be larger than its segment");
  const Piece piece(bytes);
  return replace_file(folder, repair_name(segment.number), {&piece, 1});
}

}  // namespace bellwether::storage
