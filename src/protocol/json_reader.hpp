// protocol/json_reader.hpp: strict, typed reads of the fields of a JSON line. It includes the JSON library:
// for the codec's own sources only.
// Errors:  the first problem is kept, later reads hand out defaults; whoever reads a packet looks at the end.
// Threads: one.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/ballot.hpp"
#include "protocol/ids.hpp"
#include "protocol/limits.hpp"

namespace bellwether {

// The fields of a header line: always an object, at most limits::json_depth_max deep.
struct JsonLine {
  nlohmann::json object;
};

// What is wrong, and what to do about it.
struct Problem {
  std::string what;
  std::string hint;
};

class JsonReader {
 public:
  // `object` and `problem` outlive the reader; `path` is put before the names of fields: "source.".
  JsonReader(const nlohmann::json& object, std::optional<Problem>& problem, std::string path = {});

  bool has(std::string_view name) const;
  bool is_null(std::string_view name) const;  // there, as null

  template <std::unsigned_integral T = std::uint64_t>
  T number(std::string_view name) {
    return static_cast<T>(number_up_to(name, std::numeric_limits<T>::max()));
  }
  template <std::unsigned_integral T>
  T number_or(std::string_view name, T fallback) {
    return has(name) ? number<T>(name) : fallback;
  }
  std::optional<std::uint64_t> optional_number(std::string_view name);
  std::optional<std::uint64_t> nullable_number(std::string_view name);  // must be there, may be null
  std::uint64_t positive(std::string_view name);
  NodeId node(std::string_view name) { return NodeId{number(name)}; }

  bool flag(std::string_view name);
  bool flag_or(std::string_view name, bool fallback) { return has(name) ? flag(name) : fallback; }

  static constexpr std::size_t text_bytes_max = limits::header_line_bytes_max;
  std::string text(std::string_view name, std::size_t bytes_max = text_bytes_max);
  std::string text_or(std::string_view name, std::string fallback, std::size_t bytes_max = text_bytes_max);
  std::string address(std::string_view name);  // HOST:PORT; printable, so that it is safe in logs and lists
  std::string scalar(std::string_view name, std::size_t bytes_max);  // a number or a string, as JSON text

  Ballot ballot(std::string_view name);         // [round, priority, id], between members
  Ballot ballot_object(std::string_view name);  // {"round":..,"priority":..,"id":..}, for clients

  JsonReader object(std::string_view name);

  // Calls `each` with every item, which is a JSON value; its problems are reported under the list's name.
  template <typename Each>
  void list(std::string_view name, Each each) {
    const auto* value = find(name, nlohmann::json::value_t::array, "a list");
    if (value == nullptr) return;
    for (const auto& item : *value) each(item);
  }
  // The same for a list of objects.
  template <typename Each>
  void objects(std::string_view name, Each each) {
    list(name, [&](const nlohmann::json& item) {
      if (!item.is_object()) return wrong_type(name, "a list of objects");
      JsonReader reader(item, problem_, path_ + std::string(name) + ".");
      each(reader);
    });
  }
  void wrong_type(std::string_view name, std::string_view expected);

  void fail(std::string what, std::string hint);
  bool failed() const { return problem_.has_value(); }

 private:
  std::uint64_t number_up_to(std::string_view name, std::uint64_t max);
  // The field, or nothing and a problem: it is missing, or of another type.
  const nlohmann::json* find(std::string_view name);
  const nlohmann::json* find(std::string_view name, nlohmann::json::value_t type, std::string_view expected);
  std::string quoted(std::string_view name) const;

  const nlohmann::json& object_;
  std::optional<Problem>& problem_;
  std::string path_;
};

// The line as an object, or what is wrong with it.
std::optional<Problem> parse_json_line(std::string_view line, JsonLine& into);

}  // namespace bellwether
