#include "storage/segment_list.hpp"

#include <algorithm>
#include <array>

#include "storage/log_format.hpp"

namespace bellwether::storage {
namespace {

constexpr std::size_t front_bytes = segment_header_bytes + record_header_bytes + opening_bytes;

// None: no whole record is there. One that is whole and does not say what an opening says is no unfinished write.
Result<std::optional<Opening>> opening_in(const SegmentHeader& header, std::span<const std::byte> front) {
  const auto record = front.subspan(segment_header_bytes);
  const auto decoded = decode_record_header(header.file, header.records_start(), record);
  if (!decoded || decoded->kind != RecordKind::opening) return std::nullopt;
  const auto opening = decode_opening(record.subspan(record_header_bytes, decoded->payload_bytes));
  if (!opening) return failure(std::errc::bad_message, "its first record is not as it is written");
  return opening;
}

Result<ListedSegment> read_front(Folder& folder, std::uint64_t number) {
  const auto disk = folder.open(segment_name(number));
  if (!disk) return tl::unexpected(disk.error());
  std::array<std::byte, front_bytes> front{};
  const auto filled = (*disk)->read(0, front);
  if (!filled) return tl::unexpected(filled.error());
  const auto header = decode_segment_header(std::span(front).first(*filled));
  if (!header) {
    if (header.error().code == std::errc::not_supported) {
      return failure(header.error().code, (*disk)->name() + " cannot be used: " + header.error().what);
    }
    return damaged_log((*disk)->name(), header.error().what);
  }
  if (header->number != number) {
    return damaged_log((*disk)->name(),
                       "it is segment " + std::to_string(header->number) + " under another name");
  }
  if ((*disk)->size() != header->bytes) {
    return damaged_log((*disk)->name(), "it has " + std::to_string((*disk)->size()) +
                                            " bytes and should have " + std::to_string(header->bytes));
  }
  auto opening = opening_in(*header, front);
  if (!opening) return damaged_log((*disk)->name(), opening.error().what);
  return ListedSegment{*header, *std::move(opening)};
}

// Those that follow one another up to the newest: what is left before a gap was being removed.
Result<std::vector<std::uint64_t>> numbers_in(Folder& folder) {
  const auto names = folder.list();
  if (!names) return tl::unexpected(names.error());
  std::vector<std::uint64_t> numbers;
  for (const std::string& name : *names) {
    if (const auto number = segment_number(name)) numbers.push_back(*number);
  }
  std::ranges::sort(numbers);
  const auto gap =
      std::adjacent_find(numbers.rbegin(), numbers.rend(),
                         [](std::uint64_t later, std::uint64_t one) { return one + 1 != later; });
  if (gap != numbers.rend()) numbers.erase(numbers.begin(), std::prev(gap.base()));
  return numbers;
}

// Whether `next` really continues `segment`.
Result<void> check_chain(const Folder& folder, const ListedSegment& segment, const ListedSegment& next) {
  const std::string name = folder.name() + "/" + segment_name(next.header.number);
  if (next.header.log != segment.header.log || next.header.start != segment.header.limit() ||
      (next.opening && next.opening->previous_file != segment.header.file)) {
    return damaged_log(name, "it does not continue " + segment_name(segment.header.number));
  }
  if (next.opening && !segment.opening) {
    return damaged_log(folder.name() + "/" + segment_name(segment.header.number),
                       "its first record is broken");
  }
  return {};
}

}  // namespace

tl::unexpected<Error> damaged_log(const std::string& where, const std::string& what) {
  return failure(
      std::errc::bad_message,
      "the log " + where + " is damaged: " + what +
          ". Keep its data directory (`bellwetherctl inspect DIR --verify` shows what is wrong in it)");
}

Result<std::vector<ListedSegment>> list_segments(Folder& folder) {
  const auto numbers = numbers_in(folder);
  if (!numbers) return tl::unexpected(numbers.error());
  std::vector<ListedSegment> segments;
  for (const std::uint64_t number : *numbers) {
    auto segment = read_front(folder, number);
    if (!segment) return tl::unexpected(std::move(segment.error()));
    if (!segments.empty()) {
      if (auto fits = check_chain(folder, segments.back(), *segment); !fits) {
        return tl::unexpected(std::move(fits.error()));
      }
    }
    segments.push_back(*std::move(segment));
  }
  return segments;
}

Result<bool> has_segments(Folder& folder) {
  const auto numbers = numbers_in(folder);
  if (!numbers) return tl::unexpected(numbers.error());
  return !numbers->empty();
}

std::vector<SegmentPlace> places_of(const std::vector<ListedSegment>& segments, std::size_t upto) {
  std::vector<SegmentPlace> places;
  for (std::size_t i = 0; i < upto; ++i) {
    const Opening& next = *segments[i + 1].opening;
    places.push_back({.header = segments[i].header,
                      .end = next.previous_end,
                      .first = next.previous_first,
                      .live_end = next.last + 1,
                      .before = segments[i].opening->last});
  }
  // What a later one begins with, an earlier one no longer has.
  for (std::size_t i = places.size(); i-- > 1;) {
    const Index bound = std::min(places[i].first.index, places[i].live_end);
    places[i - 1].live_end = std::min(places[i - 1].live_end, bound);
  }
  return places;
}

}  // namespace bellwether::storage
