// storage/identity_file.hpp: a node's identity as the text of identity.json and back. A flipped bit in a
// node's id would make it vote in another's name: hence the sum (sealed_json.hpp), and the file is not for
// editing.
// Errors:  text that is not that JSON, misses a field, or whose sum does not fit.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "storage/data_directory.hpp"

namespace bellwether::storage {

std::string encode_identity(const Identity& identity);
Result<Identity> decode_identity(std::string_view text);

}  // namespace bellwether::storage
