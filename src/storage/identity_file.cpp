#include "storage/identity_file.hpp"

#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <utility>

#include "base/checksum.hpp"

namespace bellwether::storage {
namespace {

using nlohmann::json;

constexpr std::uint64_t format_version = 1;
constexpr std::array<std::pair<Membership, std::string_view>, 3> membership_names{{
    {Membership::member, "member"},
    {Membership::left, "left"},
    {Membership::removed, "removed"},
}};

tl::unexpected<Error> damaged(const std::string& what) {
  return failure(std::errc::bad_message, "it is damaged (" + what + ")");
}

// nlohmann's objects are sorted by name, so equal contents give equal text.
std::uint64_t sum_of(const json& fields) {
  const std::string text = fields.dump();
  return Checksum::of(std::as_bytes(std::span(text)), format_version);
}

std::string name_of(Membership membership) {
  for (const auto& [value, name] : membership_names) {
    if (value == membership) return std::string(name);
  }
  return {};
}

std::optional<Membership> membership_from(const std::string& text) {
  for (const auto& [value, name] : membership_names) {
    if (name == text) return value;
  }
  return std::nullopt;
}

// Reads typed fields of one object; remembers the first one that is missing or of another type.
class Fields {
 public:
  explicit Fields(const json& object) : object_(object) {}

  std::string text(const char* name) {
    const json* field = find(name, json::value_t::string);
    return field ? field->get<std::string>() : std::string();
  }
  std::uint64_t count(const char* name) {
    const json* field = find(name, json::value_t::number_unsigned);
    return field ? field->get<std::uint64_t>() : 0;
  }
  const json* array(const char* name) { return find(name, json::value_t::array); }

  const std::string& missing() const { return missing_; }

 private:
  const json* find(const char* name, json::value_t type) {
    const auto field = object_.find(name);
    if (field != object_.end() && field->type() == type) return &*field;
    if (missing_.empty()) missing_ = name;
    return nullptr;
  }

  const json& object_;
  std::string missing_;
};

json encode_contacts(const Identity& identity) {
  json contacts = json::array();
  for (const auto& [id, address] : identity.contacts)
    contacts.push_back({{"id", number(id)}, {"address", address}});
  return contacts;
}

Result<std::vector<std::pair<NodeId, std::string>>> decode_contacts(const json& array) {
  std::vector<std::pair<NodeId, std::string>> contacts;
  for (const json& one : array) {
    Fields fields(one);
    contacts.emplace_back(NodeId{fields.count("id")}, fields.text("address"));
    if (!fields.missing().empty()) return damaged("a contact lacks \"" + fields.missing() + "\"");
  }
  return contacts;
}

Result<Identity> decode_fields(const json& object) {
  Fields fields(object);
  Identity identity{.cluster = fields.text("cluster"),
                    .key = fields.text("key"),
                    .token = fields.text("token"),
                    .id = NodeId{fields.count("id")},
                    .epoch = fields.count("epoch"),
                    .membership = Membership::member,
                    .contacts = {}};
  const auto membership = membership_from(fields.text("membership"));
  const json* contacts = fields.array("contacts");
  if (!fields.missing().empty()) return damaged("it lacks \"" + fields.missing() + "\"");
  if (!membership) return damaged("its membership is none that there is");
  auto decoded = decode_contacts(*contacts);
  if (!decoded) return tl::unexpected(std::move(decoded.error()));
  identity.membership = *membership;
  identity.contacts = *std::move(decoded);
  return identity;
}

}  // namespace

std::string encode_identity(const Identity& identity) {
  json fields = {{"format", format_version},
                 {"cluster", identity.cluster},
                 {"key", identity.key},
                 {"token", identity.token},
                 {"id", number(identity.id)},
                 {"epoch", identity.epoch},
                 {"membership", name_of(identity.membership)},
                 {"contacts", encode_contacts(identity)}};
  fields["sum"] = sum_of(fields);
  return fields.dump(2) + "\n";
}

Result<Identity> decode_identity(std::string_view text) {
  json object = json::parse(text, nullptr, false);
  if (!object.is_object()) return damaged("it is not a JSON object");
  Fields outer(object);
  const std::uint64_t format = outer.count("format");
  const std::uint64_t sum = outer.count("sum");
  if (!outer.missing().empty()) return damaged("it lacks \"" + outer.missing() + "\"");
  if (format != format_version) {
    return failure(std::errc::not_supported, "it has format " + std::to_string(format) +
                                                 ", this program reads " + std::to_string(format_version));
  }
  object.erase("sum");
  if (sum_of(object) != sum) return damaged("its sum does not fit, it was changed by something else");
  return decode_fields(object);
}

}  // namespace bellwether::storage
