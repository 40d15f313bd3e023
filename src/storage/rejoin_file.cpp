#include "storage/rejoin_file.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "storage/sealed_json.hpp"

namespace bellwether::storage {
namespace {

constexpr std::uint64_t format_version = 1;

}  // namespace

std::string encode_rejoin(const Rejoin& rejoin) {
  return seal_json({{"token", rejoin.token},
                    {"old", number(rejoin.old)},
                    {"cluster", rejoin.cluster},
                    {"contacts", contacts_json(rejoin.contacts)},
                    {"aside", rejoin.aside}},
                   format_version);
}

Result<Rejoin> decode_rejoin(std::string_view text) {
  const auto object = open_sealed_json(text, format_version);
  if (!object) return tl::unexpected(object.error());
  JsonFields fields(*object);
  Rejoin rejoin{.token = fields.text("token"),
                .old = NodeId{fields.count("old")},
                .cluster = fields.text("cluster"),
                .contacts = fields.contacts("contacts"),
                .aside = fields.text("aside")};
  if (auto whole = fields.check(); !whole) return tl::unexpected(std::move(whole.error()));
  return rejoin;
}

}  // namespace bellwether::storage
