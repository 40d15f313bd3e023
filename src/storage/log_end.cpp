#include "storage/log_end.hpp"

#include <algorithm>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "storage/log_format.hpp"

namespace bellwether::storage {
namespace {

constexpr std::size_t checked_bytes = record_header_bytes + guarded_bytes_max;
constexpr std::size_t part_bytes = 1024 * 1024;           // stays in the processor's cache
constexpr std::size_t overlap_bytes = checked_bytes - 1;  // so that a record between two parts is seen whole

// Most of what is looked at are zeros, a hundred megabytes of them: compared with themselves one byte further
// on they are told from others as fast as memory can be read.
bool is_zeros(std::string_view bytes) {
  return bytes.empty() ||
         (bytes.front() == '\0' && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

// Records may begin in the first `candidates` bytes.
void examine_part(const SegmentHeader& segment, std::uint64_t position, std::string_view part,
                  std::size_t candidates, Rest& rest) {
  if (is_zeros(part)) return;
  rest.end_of_garbage = position + part.find_last_not_of('\0') + 1;
  const auto bytes = std::as_bytes(std::span(part));
  for (auto at = part.find(record_mark); at < candidates; at = part.find(record_mark, at + 1)) {
    const auto header = decode_record_header(segment.file, position + at, bytes.subspan(at));
    if (header) rest.greatest_synced_to = std::max(rest.greatest_synced_to, header->synced_to);
  }
}

}  // namespace

// Looks at every byte: the sizes of damaged records cannot be followed. Messages that happen to look like
// records do no harm, as their sums would have to fit a random file id and their place.
Result<Rest> examine_rest(Disk& disk, const SegmentHeader& segment, std::uint64_t from) {
  const std::uint64_t bytes = segment.limit() - from;
  std::string buffer(static_cast<std::size_t>(std::min<std::uint64_t>(part_bytes + overlap_bytes, bytes)),
                     '\0');
  Rest rest;
  for (std::uint64_t at = from - segment.start; at < segment.bytes; at += part_bytes) {
    const auto filled = disk.read(at, std::as_writable_bytes(std::span(buffer)));
    if (!filled) return tl::unexpected(filled.error());
    const std::string_view part(buffer.data(), *filled);
    examine_part(segment, segment.start + at, part, std::min(part_bytes, part.size()), rest);
  }
  return rest;
}

}  // namespace bellwether::storage
