// storage/side_file.hpp: what a checkpoint and an index file have in common: 64 bytes of header that begin with
// eight of a name and end with the sum of everything else, then the contents (docs/storage.md).
// Threads: no state; any thread.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace bellwether::storage {

constexpr std::size_t side_header_bytes = 64;

// `bytes`: the whole file, its header at least.
void seal_side_file(std::span<std::byte> bytes, std::string_view magic);  // its name and its sum
bool has_side_header(std::span<const std::byte> bytes, std::string_view magic);
bool has_its_sum(std::span<const std::byte> bytes);

}  // namespace bellwether::storage
