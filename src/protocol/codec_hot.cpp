#include "protocol/codec_hot.hpp"

#include <limits>

#include "protocol/codec_flat_line.hpp"
#include "protocol/codec_parts.hpp"
#include "protocol/limits.hpp"

namespace bellwether {
namespace {

using Field = FlatLine::Field;
using Kind = FlatLine::Kind;

// Takes the fields of one line by their names; whether all were there, and no other, is asked at the end.
class Taker {
 public:
  explicit Taker(const FlatLine& line) : fields_(line.fields()) {}

  bool has(std::string_view name) const { return find(name) != nullptr; }

  std::uint64_t number(std::string_view name, std::uint64_t min = 0,
                       std::uint64_t max = std::numeric_limits<std::uint64_t>::max()) {
    const Field* field = take(name, Kind::number);
    if (field == nullptr || field->number < min || field->number > max) return fail();
    return field->number;
  }

  std::uint32_t count(std::string_view name, std::uint32_t min) {
    return static_cast<std::uint32_t>(number(name, min, std::numeric_limits<std::uint32_t>::max()));
  }

  Ballot ballot(std::string_view name) {
    const Field* field = take(name, Kind::list);
    const bool fits = field != nullptr && field->item_count == 3 &&
                      field->items[0] <= limits::ballot_round_max &&
                      field->items[1] <= std::numeric_limits<std::uint32_t>::max();
    if (!fits) {
      fail();
      return {};
    }
    return {field->items[0], static_cast<std::uint32_t>(field->items[1]), NodeId{field->items[2]}};
  }

  std::string_view text(std::string_view name) {
    const Field* field = take(name, Kind::text);
    if (field != nullptr) return field->text();
    fail();
    return {};
  }

  std::string id() {  // a number or a string, as it stands there
    const Field* field = find("id");
    if (field == nullptr) return {};
    ++taken_;
    if (field->kind == Kind::list || field->json.size() > id_bytes_max) fail();
    return std::string(field->json);
  }

  bool took_all() const { return !failed_ && taken_ == fields_.size(); }

 private:
  const Field* find(std::string_view name) const {
    for (const Field& field : fields_) {
      if (field.name == name) return &field;
    }
    return nullptr;
  }
  const Field* take(std::string_view name, Kind kind) {
    const Field* field = find(name);
    if (field == nullptr || field->kind != kind) return nullptr;
    ++taken_;
    return field;
  }
  std::uint64_t fail() {
    failed_ = true;
    return 0;
  }

  std::span<const Field> fields_;
  std::size_t taken_ = 0;
  bool failed_ = false;
};

AppendRequest take_append(Taker& in) {
  AppendRequest append;
  if (in.has("producer") || in.has("sequence")) {
    append.producer = ProducerId{in.number("producer", 1)};
    append.sequence = in.number("sequence", 1);
  }
  if (in.has("count")) append.count = in.count("count", 1);
  return append;
}

Appended take_appended(Taker& in) {
  const Offset offset = in.number("offset");
  return {offset, in.count("count", 0)};
}

AcceptLine take_accept(Taker& in) {
  AcceptLine accept;
  accept.ballot = in.ballot("b");
  accept.decided = in.number("dec");
  accept.read = in.number("rd");
  accept.previous = in.number("prev");
  accept.previous_ballot = in.ballot("pb");
  accept.count = in.number("n");
  return accept;
}

Accepted take_accepted(Taker& in) {
  Accepted accepted;
  accepted.ballot = in.ballot("b");
  accepted.durable_match = in.number("m");
  accepted.match = in.number("g");
  accepted.read = in.number("rd");
  return accepted;
}

}  // namespace

std::optional<HotLine> read_hot_line(std::string_view line) {
  FlatLine flat;
  if (!flat.read(line)) return std::nullopt;
  Taker in(flat);
  HotLine hot;
  hot.id = in.id();
  const std::string_view type = in.text("type");
  if (type == "append" && in.has("bytes")) {  // else the message stands in the line
    hot.body_bytes = in.number("bytes");
    hot.fields = take_append(in);
  } else if (type == "appended") {
    hot.fields = take_appended(in);
  } else if (type == "accept") {
    if (in.has("bytes")) hot.body_bytes = in.number("bytes");
    hot.fields = take_accept(in);
  } else if (type == "accepted") {
    hot.fields = take_accepted(in);
  } else {
    return std::nullopt;
  }
  if (!in.took_all()) return std::nullopt;
  return hot;
}

}  // namespace bellwether
