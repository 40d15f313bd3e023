#include "storage/log_end.hpp"

#include <algorithm>
#include <string_view>

#include "storage/file_window.hpp"
#include "storage/log_format.hpp"

namespace bellwether::storage {
namespace {

constexpr std::size_t checked_bytes = record_header_bytes + guarded_bytes_max;

// The first `candidates` bytes are places where a record may begin.
void examine_part(const SegmentHeader& segment, std::uint64_t position, const Bytes& part,
                  std::size_t candidates, Rest& rest) {
  const std::string_view text = part.text();
  const auto last_byte = text.find_last_not_of('\0');
  if (last_byte == std::string_view::npos) return;
  rest.end_of_garbage = position + last_byte + 1;
  for (auto at = text.find(record_mark); at < candidates; at = text.find(record_mark, at + 1)) {
    const auto header = decode_record_header(segment.file, position + at, part.span().subspan(at));
    if (header) rest.greatest_synced_to = std::max(rest.greatest_synced_to, header->synced_to);
  }
}

}  // namespace

// Looks at every byte: the sizes of damaged records cannot be followed. Messages that happen to look like
// records do no harm, as their sums would have to fit a random file id and their place.
Result<Rest> examine_rest(Disk& disk, const SegmentHeader& segment, std::uint64_t from) {
  constexpr std::size_t overlap =
      checked_bytes - 1;  // so that a record on the border of two parts is seen whole
  constexpr std::size_t step = FileWindow::window_bytes - overlap;
  FileWindow window(disk);
  Rest rest;
  for (std::uint64_t position = from - segment.start; position < window.file_bytes(); position += step) {
    const auto part = window.view(position, FileWindow::window_bytes);
    if (!part) return tl::unexpected(part.error());
    examine_part(segment, segment.start + position, *part, std::min(step, part->size()), rest);
  }
  return rest;
}

}  // namespace bellwether::storage
