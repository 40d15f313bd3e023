#include "storage/sealed_json.hpp"

#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "base/checksum.hpp"

namespace bellwether::storage {
namespace {

using nlohmann::json;

// nlohmann's objects are sorted by name, so equal contents give equal text.
std::uint64_t sum_of(const json& fields, std::uint64_t format) {
  const std::string text = fields.dump();
  return Checksum::of(std::as_bytes(std::span(text)), format);
}

}  // namespace

std::string seal_json(json fields, std::uint64_t format) {
  fields["format"] = format;
  fields["sum"] = sum_of(fields, format);
  return fields.dump(2) + "\n";
}

Result<json> open_sealed_json(std::string_view text, std::uint64_t format) {
  json object = json::parse(text, nullptr, false);
  if (!object.is_object()) return damaged_json("it is not a JSON object");
  JsonFields outer(object);
  const std::uint64_t found = outer.count("format");
  const std::uint64_t sum = outer.count("sum");
  if (auto whole = outer.check(); !whole) return tl::unexpected(std::move(whole.error()));
  if (found != format) {
    return failure(std::errc::not_supported, "it has format " + std::to_string(found) +
                                                 ", this program reads " + std::to_string(format));
  }
  object.erase("sum");
  if (sum_of(object, format) != sum)
    return damaged_json("its sum does not fit, it was changed by something else");
  return object;
}

tl::unexpected<Error> damaged_json(const std::string& what) {
  return failure(std::errc::bad_message, "it is damaged (" + what + ")");
}

template <typename Check>
const json* JsonFields::find(const char* name, Check is_wanted) {
  const auto field = object_.find(name);
  if (field != object_.end() && is_wanted(*field)) return &*field;
  if (missing_.empty()) missing_ = name;
  return nullptr;
}

std::string JsonFields::text(const char* name) {
  const json* field = find(name, [](const json& value) { return value.is_string(); });
  return field ? field->get<std::string>() : std::string();
}

std::uint64_t JsonFields::count(const char* name) {
  const json* field = find(name, [](const json& value) { return value.is_number_unsigned(); });
  return field ? field->get<std::uint64_t>() : 0;
}

Contacts JsonFields::contacts(const char* name) {
  Contacts contacts;
  const json* array = find(name, [](const json& value) { return value.is_array(); });
  if (array == nullptr) return contacts;
  for (const json& one : *array) {
    JsonFields fields(one);
    contacts.emplace_back(NodeId{fields.count("id")}, fields.text("address"));
    if (!fields.missing_.empty() && missing_.empty()) missing_ = fields.missing_;
  }
  return contacts;
}

Result<void> JsonFields::check() const {
  if (missing_.empty()) return {};
  return damaged_json("it lacks \"" + missing_ + "\"");
}

json contacts_json(const Contacts& contacts) {
  json array = json::array();
  for (const auto& [id, address] : contacts) array.push_back({{"id", number(id)}, {"address", address}});
  return array;
}

}  // namespace bellwether::storage
