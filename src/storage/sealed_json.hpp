// storage/sealed_json.hpp: what the small JSON files of a data directory have in common: a format, typed fields,
// and a sum of all of it, so that a flipped bit is never read as another name.
// Errors:  text that is not JSON, lacks a field, has another format, or whose sum does not fit.
// Threads: no state; any thread.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "storage/contacts.hpp"

namespace bellwether::storage {

// `fields`: an object; its format and its sum are added.
std::string seal_json(nlohmann::json fields, std::uint64_t format);
Result<nlohmann::json> open_sealed_json(std::string_view text, std::uint64_t format);

tl::unexpected<Error> damaged_json(const std::string& what);

// Reads typed fields of one object; remembers the first one that is missing or of another type.
class JsonFields {
 public:
  explicit JsonFields(const nlohmann::json& object) : object_(object) {}

  std::string text(const char* name);
  std::uint64_t count(const char* name);
  Contacts contacts(const char* name);

  Result<void> check() const;  // whether all that were read are there

 private:
  template <typename Check>
  const nlohmann::json* find(const char* name, Check is_wanted);

  const nlohmann::json& object_;
  std::string missing_;
};

nlohmann::json contacts_json(const Contacts& contacts);

}  // namespace bellwether::storage
