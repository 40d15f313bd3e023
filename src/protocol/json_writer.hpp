// protocol/json_writer.hpp: builds the JSON line of a packet straight into a string, without a tree of
// values: answers and consensus messages are the hot side of the codec.
// Errors:  none; text that is not UTF-8 gets U+FFFD where it is broken, so that the line always is JSON.
// Threads: one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace bellwether {

class JsonWriter {
 public:
  JsonWriter() { out_.reserve(usual_line_bytes); }

  JsonWriter& number(std::string_view name, std::uint64_t value);
  JsonWriter& flag(std::string_view name, bool value);
  JsonWriter& text(std::string_view name, std::string_view value);
  JsonWriter& raw(std::string_view name, std::string_view json);  // `json` is JSON text already

  JsonWriter& open_object(std::string_view name);
  JsonWriter& open_list(std::string_view name);
  JsonWriter& open_object();  // the line's own, or an item of a list
  JsonWriter& close_object();
  JsonWriter& close_list();

  JsonWriter& item(std::uint64_t value);  // of a list
  JsonWriter& item(std::string_view value);

  std::string take_line();  // with its line break

 private:
  void separate();
  void name(std::string_view name);
  void append_number(std::uint64_t value);
  void append_text(std::string_view value);

  static constexpr std::size_t usual_line_bytes = 120;  // an answer or an Accept fits: one allocation a line

  std::string out_;
};

}  // namespace bellwether
