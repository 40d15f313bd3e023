#include "protocol/json_writer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

namespace bellwether {

JsonWriter& JsonWriter::number(std::string_view field, std::uint64_t value) {
  name(field);
  append_number(value);
  return *this;
}

JsonWriter& JsonWriter::flag(std::string_view field, bool value) {
  return raw(field, value ? "true" : "false");
}

JsonWriter& JsonWriter::text(std::string_view field, std::string_view value) {
  name(field);
  append_text(value);
  return *this;
}

JsonWriter& JsonWriter::raw(std::string_view field, std::string_view json) {
  name(field);
  out_ += json;
  return *this;
}

JsonWriter& JsonWriter::open_object(std::string_view field) { return raw(field, "{"); }

JsonWriter& JsonWriter::open_list(std::string_view field) { return raw(field, "["); }

JsonWriter& JsonWriter::open_object() {
  separate();
  out_ += '{';
  return *this;
}

JsonWriter& JsonWriter::close_object() {
  out_ += '}';
  return *this;
}

JsonWriter& JsonWriter::close_list() {
  out_ += ']';
  return *this;
}

JsonWriter& JsonWriter::item(std::uint64_t value) {
  separate();
  append_number(value);
  return *this;
}

JsonWriter& JsonWriter::item(std::string_view value) {
  separate();
  append_text(value);
  return *this;
}

std::string JsonWriter::take_line() {
  out_ += '\n';
  return std::exchange(out_, {});
}

// What has just been opened needs no comma; every value ends in another character than these two.
void JsonWriter::separate() {
  if (out_.empty() || out_.back() == '{' || out_.back() == '[') return;
  out_ += ',';
}

void JsonWriter::name(std::string_view field) {
  separate();
  out_ += '"';
  out_ += field;
  out_ += "\":";
}

void JsonWriter::append_number(std::uint64_t value) {
  std::array<char, 20> digits;  // of 2^64 - 1
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out_.append(digits.data(), end);
}

void JsonWriter::append_text(std::string_view value) {
  const bool plain =
      std::ranges::all_of(value, [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
  if (plain) {
    out_ += '"';
    out_ += value;
    out_ += '"';
  } else {
    out_ += nlohmann::json(value).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
}

}  // namespace bellwether
