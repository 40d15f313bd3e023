#include "storage/file_names.hpp"

#include <charconv>

namespace bellwether::storage {
namespace {

constexpr std::size_t digits_max = 20;

}  // namespace

std::string numbered_name(std::uint64_t number, std::string_view suffix) {
  const std::string digits = std::to_string(number);
  return std::string(digits_max - digits.size(), '0') + digits + std::string(suffix);
}

std::optional<std::uint64_t> number_in_name(std::string_view file, std::string_view suffix) {
  if (file.size() != digits_max + suffix.size() || !file.ends_with(suffix)) return {};
  std::uint64_t number = 0;
  const char* end = file.data() + digits_max;
  const auto [read_to, error] = std::from_chars(file.data(), end, number);
  if (error != std::errc() || read_to != end || number == 0) return {};
  return number;
}

}  // namespace bellwether::storage
