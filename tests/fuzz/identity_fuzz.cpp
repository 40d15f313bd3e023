// identity.json: as it is, and, if it is any JSON object, with a sum that fits.
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/assert.hpp"
#include "input.hpp"
#include "storage/identity_file.hpp"
#include "storage/sealed_json.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bellwether::storage;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(decode_identity(text));
  auto fields = nlohmann::json::parse(text, nullptr, false);
  if (!fields.is_object()) return 0;
  fields.erase("sum");
  const auto identity = decode_identity(seal_json(std::move(fields), 1));
  if (!identity) return 0;
  const auto again = decode_identity(encode_identity(*identity));
  BELLWETHER_ASSERT(again.has_value() && again->cluster == identity->cluster && again->key == identity->key);
  return 0;
}
