// storage/file_names.hpp: names of the files in the log's directory: a number of twenty digits and what the
// file is, so that names sort as the numbers do.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bellwether::storage {

std::string numbered_name(std::uint64_t number, std::string_view suffix);
std::optional<std::uint64_t> number_in_name(std::string_view file,
                                            std::string_view suffix);  // none: another file

}  // namespace bellwether::storage
