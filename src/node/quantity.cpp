#include "node/quantity.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace bellwether::node {
namespace {

struct Unit {
  char letter;
  std::uint64_t size;
};

constexpr Unit sizes[] = {{'K', 1ull << 10}, {'M', 1ull << 20}, {'G', 1ull << 30}, {'T', 1ull << 40}};
constexpr Unit durations[] = {{'s', 1}, {'m', 60}, {'h', 60 * 60}, {'d', 24 * 60 * 60}};

// A whole number and one of the units, or none if `bare` is its size.
std::optional<std::uint64_t> parse(std::string_view text, std::span<const Unit> units,
                                   std::optional<std::uint64_t> bare) {
  std::uint64_t amount = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), amount);
  if (error != std::errc()) return {};
  const std::string_view rest(end, static_cast<std::size_t>(text.data() + text.size() - end));
  auto size = bare;
  if (!rest.empty()) {
    const auto unit = std::ranges::find(units, rest.front(), &Unit::letter);
    if (rest.size() > 1 || unit == units.end()) return {};
    size = unit->size;
  }
  if (!size || amount > std::numeric_limits<std::int64_t>::max() / *size) return {};
  return amount * *size;
}

tl::unexpected<Error> refused(std::string_view text, const char* why) {
  std::string what(1, '\'');
  what.append(text).append("' ").append(why);
  return failure(std::errc::invalid_argument, std::move(what));
}

}  // namespace

Result<std::uint64_t> parse_size(std::string_view text) {
  if (const auto bytes = parse(text, sizes, 1)) return *bytes;
  return refused(text, "is no size; write it as 500M, 10G or 2T, or as a number of bytes");
}

Result<std::chrono::seconds> parse_duration(std::string_view text) {
  if (const auto seconds = parse(text, durations, {})) return std::chrono::seconds(*seconds);
  return refused(text, "is no duration; write it as 90s, 30m, 12h or 7d");
}

}  // namespace bellwether::node
