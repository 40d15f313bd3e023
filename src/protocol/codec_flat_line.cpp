#include "protocol/codec_flat_line.hpp"

#include <limits>

namespace bellwether {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// What stands for itself in a JSON string and in one that is written again.
bool is_plain(char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; }

}  // namespace

bool FlatLine::read(std::string_view line) {
  count_ = 0;
  at_ = line.data();
  end_ = at_ + line.size();
  if (!take('{')) return false;
  do {
    if (!read_field()) return false;
  } while (take(','));
  if (!take('}')) return false;
  skip_blanks();
  return at_ == end_;
}

bool FlatLine::read_field() {
  if (count_ == fields_max) return false;
  Field& field = fields_[count_];
  std::string_view quoted;
  if (!read_text(quoted) || !take(':') || !read_value(field)) return false;
  field.name = quoted.substr(1, quoted.size() - 2);
  for (std::size_t i = 0; i < count_; ++i) {
    if (fields_[i].name == field.name) return false;
  }
  ++count_;
  return true;
}

bool FlatLine::read_value(Field& field) {
  skip_blanks();
  if (at_ == end_) return false;
  if (*at_ == '"') {
    field.kind = Kind::text;
    return read_text(field.json);
  }
  if (*at_ == '[') {
    field.kind = Kind::list;
    return read_list(field);
  }
  const char* const from = at_;
  field.kind = Kind::number;
  const bool read = read_number(field.number);
  field.json = {from, static_cast<std::size_t>(at_ - from)};
  return read;
}

bool FlatLine::read_text(std::string_view& json) {
  skip_blanks();
  if (at_ == end_ || *at_ != '"') return false;
  const char* const from = at_++;
  while (at_ != end_ && is_plain(*at_)) ++at_;
  if (at_ == end_ || *at_ != '"') return false;
  ++at_;
  json = {from, static_cast<std::size_t>(at_ - from)};
  return true;
}

// No sign, fraction, exponent or leading zero: what follows the digits is looked at by the caller.
bool FlatLine::read_number(std::uint64_t& number) {
  constexpr auto max = std::numeric_limits<std::uint64_t>::max();
  const char* const from = at_;
  number = 0;
  for (; at_ != end_ && is_digit(*at_); ++at_) {
    const auto digit = static_cast<std::uint64_t>(*at_ - '0');
    if (number > (max - digit) / 10) return false;
    number = 10 * number + digit;
  }
  return at_ != from && (*from != '0' || at_ == from + 1);
}

bool FlatLine::read_list(Field& field) {
  ++at_;
  field.item_count = 0;
  do {
    skip_blanks();
    if (field.item_count == items_max || !read_number(field.items[field.item_count])) return false;
    ++field.item_count;
  } while (take(','));
  return take(']');
}

bool FlatLine::take(char expected) {
  skip_blanks();
  if (at_ == end_ || *at_ != expected) return false;
  ++at_;
  return true;
}

void FlatLine::skip_blanks() {
  while (at_ != end_ && (*at_ == ' ' || *at_ == '\t')) ++at_;
}

}  // namespace bellwether
