// An entry as another member, or a disk, gives it: as it is, and with a sum that fits. What was read is applied to a state, as a
// decided entry is.
#include <array>
#include <cstring>

#include "base/assert.hpp"
#include "base/checksum.hpp"
#include "base/little_endian.hpp"
#include "input.hpp"
#include "protocol/entry.hpp"

namespace {

using namespace bellwether;

constexpr std::size_t sum_at = 40;

Bytes with_sum(Index index, std::string entry) {
  if (entry.size() < entry_header_bytes) return Bytes::copy_of(entry);
  auto* bytes = reinterpret_cast<std::byte*>(entry.data());
  store_little_endian(bytes, static_cast<std::uint32_t>(entry.size() - entry_header_bytes));
  bytes[4] = std::byte{1};  // the version
  store_little_endian(bytes + sum_at, std::uint64_t{0});
  Checksum sum(index);
  sum.add(std::as_bytes(std::span(entry)));
  store_little_endian(bytes + sum_at, sum.value());
  return Bytes::copy_of(entry);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const Index index = input.number();
  const std::string bytes = input.text(size);
  static_cast<void>(parse_entry(index, Bytes::copy_of(bytes)));
  static_cast<void>(parse_unreadable_entry(index, Bytes::copy_of(bytes)));
  const auto entry = parse_entry(index, with_sum(index, bytes));
  if (!entry) return 0;
  static_cast<void>((*entry)->message_count());
  BELLWETHER_ASSERT(messages_of(**entry).size() <= (*entry)->encoded_bytes);
  return 0;
}
