#include "node/printable.hpp"

#include <algorithm>
#include <cstdint>

namespace bellwether::node {
namespace {

constexpr std::string_view hex = "0123456789ABCDEF";

std::uint8_t byte_at(std::string_view bytes, std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); }

bool continues(std::string_view bytes, std::size_t i) {
  return i < bytes.size() && (byte_at(bytes, i) & 0xC0) == 0x80;
}

// The bounds of the second byte exclude overlong forms, surrogates and code points beyond U+10FFFF.
bool second_fits(std::uint8_t first, std::uint8_t second) {
  switch (first) {
    case 0xE0:
      return second >= 0xA0;
    case 0xED:
      return second < 0xA0;
    case 0xF0:
      return second >= 0x90;
    case 0xF4:
      return second < 0x90;
    default:
      return true;
  }
}

// U+0080 to U+009F: terminals take them for control sequences too.
bool is_c1_control(std::string_view bytes) { return byte_at(bytes, 0) == 0xC2 && byte_at(bytes, 1) < 0xA0; }

bool is_plain(char c) { return c >= 0x20 && c < 0x7F; }

void append_hex(std::string& line, char c) {
  const auto value = static_cast<std::uint8_t>(c);
  line += "\\x";
  line += hex[value >> 4];
  line += hex[value & 15];
}

// One character; returns how many bytes it took.
std::size_t append_character(std::string& line, std::string_view bytes) {
  const char c = bytes.front();
  if (c == '\n') return line += "\\n", 1;
  const auto length = utf8_length(bytes);
  const bool control = byte_at(bytes, 0) < 0x20 || c == 0x7F || (length == 2 && is_c1_control(bytes));
  if (length > 0 && !control) return line += bytes.substr(0, length), length;
  const auto count = length == 0 ? 1 : length;
  for (std::size_t i = 0; i < count; ++i) append_hex(line, bytes[i]);
  return count;
}

}  // namespace

std::size_t utf8_length(std::string_view bytes) {
  const auto first = byte_at(bytes, 0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xC2 && first < 0xE0   ? 2
                             : first >= 0xE0 && first < 0xF0 ? 3
                             : first >= 0xF0 && first < 0xF5 ? 4
                                                             : 0;
  for (std::size_t i = 1; i < length; ++i) {
    if (!continues(bytes, i)) return 0;
  }
  return length > 1 && !second_fits(first, byte_at(bytes, 1)) ? 0 : length;
}

void append_printable(std::string& line, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto plain = std::find_if_not(bytes.begin(), bytes.end(), is_plain);
    line.append(bytes.begin(), plain);
    bytes.remove_prefix(static_cast<std::size_t>(plain - bytes.begin()));
    if (!bytes.empty()) bytes.remove_prefix(append_character(line, bytes));
  }
}

std::string printable(std::string_view bytes) {
  std::string line;
  line.reserve(bytes.size());
  append_printable(line, bytes);
  return line;
}

std::string json_escaped(std::string_view text) {
  std::string escaped;
  while (!text.empty()) {
    const auto length = utf8_length(text);
    const auto c = byte_at(text, 0);
    if (c == '"' || c == '\\') {
      escaped += {'\\', text.front()};
    } else if (c < 0x20) {
      escaped += "\\u00";
      escaped += {hex[c >> 4], hex[c & 15]};
    } else {
      escaped += length == 0 ? std::string_view("\xEF\xBF\xBD") : text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return escaped;
}

}  // namespace bellwether::node
