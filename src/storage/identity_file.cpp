#include "storage/identity_file.hpp"

#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "storage/sealed_json.hpp"

namespace bellwether::storage {
namespace {

constexpr std::uint64_t format_version = 1;
constexpr std::array<std::pair<Membership, std::string_view>, 3> membership_names{{
    {Membership::member, "member"},
    {Membership::left, "left"},
    {Membership::removed, "removed"},
}};

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

}  // namespace

std::string encode_identity(const Identity& identity) {
  return seal_json({{"cluster", identity.cluster},
                    {"key", identity.key},
                    {"token", identity.token},
                    {"id", number(identity.id)},
                    {"epoch", identity.epoch},
                    {"membership", name_of(identity.membership)},
                    {"contacts", contacts_json(identity.contacts)}},
                   format_version);
}

Result<Identity> decode_identity(std::string_view text) {
  const auto object = open_sealed_json(text, format_version);
  if (!object) return tl::unexpected(object.error());
  JsonFields fields(*object);
  Identity identity{.cluster = fields.text("cluster"),
                    .key = fields.text("key"),
                    .token = fields.text("token"),
                    .id = NodeId{fields.count("id")},
                    .epoch = fields.count("epoch"),
                    .membership = Membership::member,
                    .contacts = fields.contacts("contacts")};
  const auto membership = membership_from(fields.text("membership"));
  if (auto whole = fields.check(); !whole) return tl::unexpected(std::move(whole.error()));
  if (!membership) return damaged_json("its membership is none that there is");
  identity.membership = *membership;
  return identity;
}

}  // namespace bellwether::storage
