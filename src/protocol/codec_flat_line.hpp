// protocol/codec_flat_line.hpp: the fields of a flat JSON object, cut out of its line without building anything: whole
// numbers, plain strings, lists of whole numbers. Whatever else a JSON line may hold, it does not read.
// Errors:  none; a line that it does not read may be good JSON or not.
// Threads: one.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace bellwether {

class FlatLine {
 public:
  static constexpr std::size_t items_max = 3;  // of a list: a ballot's

  enum class Kind { number, text, list };
  struct
      Field {  // nothing is set before it is read: a thousand bytes of zeros would cost a third of the reading
    std::string_view name;
    std::string_view json;  // as it stands in the line
    Kind kind;
    std::uint64_t number;                        // of a number
    std::array<std::uint64_t, items_max> items;  // of a list
    std::size_t item_count;
    // Without the quotes.
    std::string_view text() const { return json.substr(1, json.size() - 2); }
  };

  // False: not such an object, or more fields than any hot packet has.
  bool read(std::string_view line);
  std::span<const Field> fields() const { return {fields_.data(), count_}; }

 private:
  bool read_field();
  bool read_value(Field& field);
  bool read_text(std::string_view& json);
  bool read_number(std::uint64_t& number);
  bool read_list(Field& field);
  bool take(char expected);
  void skip_blanks();

  static constexpr std::size_t fields_max = 12;
  std::array<Field, fields_max> fields_;
  std::size_t count_ = 0;
  const char* at_ = nullptr;
  const char* end_ = nullptr;
};

}  // namespace bellwether
