#include "storage/side_file.hpp"

#include <cstdint>
#include <cstring>

#include "base/checksum.hpp"
#include "base/little_endian.hpp"

namespace bellwether::storage {
namespace {

constexpr std::size_t sum_at = 56;

std::uint64_t sum_of(std::span<const std::byte> bytes) {
  Checksum sum(0);
  sum.add(bytes.first(sum_at));
  sum.add(bytes.subspan(side_header_bytes));
  return sum.value();
}

}  // namespace

void seal_side_file(std::span<std::byte> bytes, std::string_view magic) {
  std::memcpy(bytes.data(), magic.data(), magic.size());
  store_little_endian(bytes.data() + sum_at, sum_of(bytes));
}

bool has_side_header(std::span<const std::byte> bytes, std::string_view magic) {
  return bytes.size() >= side_header_bytes && std::memcmp(bytes.data(), magic.data(), magic.size()) == 0;
}

bool has_its_sum(std::span<const std::byte> bytes) {
  return load_little_endian<std::uint64_t>(bytes.data() + sum_at) == sum_of(bytes);
}

}  // namespace bellwether::storage
