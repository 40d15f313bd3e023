#include "protocol/json_reader.hpp"

#include <algorithm>
#include <utility>

namespace bellwether {
namespace {

using Json = nlohmann::json;

// How deep the brackets of the line go, outside of strings: looked at before the parser builds anything.
std::size_t depth_of(std::string_view line) {
  std::size_t depth = 0;
  std::size_t deepest = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (in_string && c == '\\') {
      ++i;  // whatever it is, it does not end the string
    } else if (c == '"') {
      in_string = !in_string;
    } else if (!in_string && (c == '{' || c == '[')) {
      deepest = std::max(deepest, ++depth);
    } else if (!in_string && (c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
  return deepest;
}

bool starts_an_object(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" \t");
  return first != std::string_view::npos && line[first] == '{';
}

// The parser takes a NUL outside of strings for the end of its input and would not see what follows it.
bool has_nul(std::string_view line) { return line.find('\0') != std::string_view::npos; }

const Json& no_fields() {
  static const Json empty = Json::object();
  return empty;
}

}  // namespace

std::optional<Problem> parse_json_line(std::string_view line, JsonLine& into) {
  constexpr auto hint = R"(send one JSON object in UTF-8 on one line, such as {"type":"leader"})";
  if (!starts_an_object(line)) return Problem{"the line is not a JSON object", hint};
  if (depth_of(line) > limits::json_depth_max) {
    return Problem{"the line is nested too deep", "nest at most " + std::to_string(limits::json_depth_max) +
                                                      " objects and lists in each other"};
  }
  if (has_nul(line)) return Problem{"the line is not JSON: there is a NUL in it", hint};
  into.object = Json::parse(line, nullptr, false);
  if (!into.object.is_object()) return Problem{"the line is not JSON in UTF-8", hint};
  return std::nullopt;
}

JsonReader::JsonReader(const Json& object, std::optional<Problem>& problem, std::string path)
    : object_(object), problem_(problem), path_(std::move(path)) {}

bool JsonReader::has(std::string_view name) const { return object_.find(name) != object_.end(); }

bool JsonReader::is_null(std::string_view name) const {
  const auto found = object_.find(name);
  return found != object_.end() && found->is_null();
}

std::uint64_t JsonReader::number_up_to(std::string_view name, std::uint64_t max) {
  const Json* value = find(name);
  if (value == nullptr) return 0;
  if (value->is_number_unsigned() && value->get<std::uint64_t>() <= max) return value->get<std::uint64_t>();
  const bool is_whole_range = max == std::numeric_limits<std::uint64_t>::max();
  wrong_type(name,
             is_whole_range ? "a whole number from 0" : "a whole number from 0 to " + std::to_string(max));
  return 0;
}

std::optional<std::uint64_t> JsonReader::optional_number(std::string_view name) {
  if (!has(name)) return std::nullopt;
  return number(name);
}

std::optional<std::uint64_t> JsonReader::nullable_number(std::string_view name) {
  if (is_null(name)) return std::nullopt;
  return number(name);
}

std::uint64_t JsonReader::positive(std::string_view name) {
  const std::uint64_t value = number(name);
  if (value == 0) wrong_type(name, "a whole number from 1");
  return value;
}

bool JsonReader::flag(std::string_view name) {
  const Json* value = find(name, Json::value_t::boolean, "true or false");
  return value != nullptr && value->get<bool>();
}

std::string JsonReader::text(std::string_view name, std::size_t bytes_max) {
  const Json* value = find(name, Json::value_t::string, "a string");
  if (value == nullptr) return {};
  const auto& text = value->get_ref<const std::string&>();
  if (text.size() <= bytes_max) return text;
  fail("the field " + quoted(name) + " is too long",
       "send at most " + std::to_string(bytes_max) + " bytes in it");
  return {};
}

std::string JsonReader::text_or(std::string_view name, std::string fallback, std::size_t bytes_max) {
  return has(name) ? text(name, bytes_max) : std::move(fallback);
}

std::string JsonReader::address(std::string_view name) {
  std::string address = text(name, limits::address_bytes_max);
  const bool printable = std::ranges::all_of(address, [](char c) { return c > ' ' && c <= '~'; });
  if (!printable) wrong_type(name, "an address, HOST:PORT");
  return address;
}

std::string JsonReader::scalar(std::string_view name, std::size_t bytes_max) {
  const Json* value = find(name);
  if (value == nullptr) return {};
  if (value->is_number() || value->is_string()) {
    std::string text = value->dump();
    if (text.size() <= bytes_max) return text;
  }
  wrong_type(name, "a number or a string of at most " + std::to_string(bytes_max) + " bytes");
  return {};
}

Ballot JsonReader::ballot(std::string_view name) {
  const Json* value = find(name);
  if (value == nullptr) return {};
  const bool fits = value->is_array() && value->size() == 3 &&
                    std::ranges::all_of(*value, [](const Json& part) { return part.is_number_unsigned(); }) &&
                    (*value)[0].get<std::uint64_t>() <= limits::ballot_round_max &&
                    (*value)[1].get<std::uint64_t>() <= std::numeric_limits<std::uint32_t>::max();
  if (!fits) {
    wrong_type(name, "a ballot: [round, priority, id]");
    return {};
  }
  return {(*value)[0].get<std::uint64_t>(), (*value)[1].get<std::uint32_t>(),
          NodeId{(*value)[2].get<std::uint64_t>()}};
}

Ballot JsonReader::ballot_object(std::string_view name) {
  JsonReader in = object(name);
  const auto round = in.number_up_to("round", limits::ballot_round_max);
  const auto priority = in.number<std::uint32_t>("priority");
  return {round, priority, in.node("id")};
}

JsonReader JsonReader::object(std::string_view name) {
  const Json* value = find(name, Json::value_t::object, "an object");
  return {value == nullptr ? no_fields() : *value, problem_, path_ + std::string(name) + "."};
}

const Json* JsonReader::find(std::string_view name) {
  const auto found = object_.find(name);
  if (found != object_.end()) return &*found;
  fail("the field " + quoted(name) + " is missing", "docs/protocol.md shows every packet with its fields");
  return nullptr;
}

const Json* JsonReader::find(std::string_view name, Json::value_t type, std::string_view expected) {
  const Json* value = find(name);
  if (value == nullptr || value->type() == type) return value;
  wrong_type(name, expected);
  return nullptr;
}

void JsonReader::wrong_type(std::string_view name, std::string_view expected) {
  fail("the field " + quoted(name) + " is not " + std::string(expected),
       "send " + std::string(expected) + ", or leave the field out where it is optional");
}

void JsonReader::fail(std::string what, std::string hint) {
  if (!problem_) problem_ = Problem{std::move(what), std::move(hint)};
}

std::string JsonReader::quoted(std::string_view name) const { return '"' + path_ + std::string(name) + '"'; }

}  // namespace bellwether
