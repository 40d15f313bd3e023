#include "world/number_range.hpp"

#include <charconv>

namespace bellwether::simulation {

namespace {

std::optional<std::uint64_t> number_from(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

}  // namespace

std::optional<NumberRange> number_range_from(std::string_view text) {
  const auto dash = text.find('-');
  const auto first = number_from(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : number_from(text.substr(dash + 1));
  if (!first || !last || *first > *last) return std::nullopt;
  return NumberRange{.first = *first, .last = *last};
}

}  // namespace bellwether::simulation
