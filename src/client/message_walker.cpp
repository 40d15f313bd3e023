#include "client/message_walker.hpp"

#include <cstdint>

#include "base/little_endian.hpp"
#include "client/group_builder.hpp"

namespace bellwether::client {

std::optional<std::string_view> MessageWalker::next() {
  if (rest_.size() < length_prefix_bytes) return std::nullopt;
  const auto bytes = load_little_endian<std::uint32_t>(reinterpret_cast<const std::byte*>(rest_.data()));
  if (bytes > rest_.size() - length_prefix_bytes) return std::nullopt;
  const std::string_view message = rest_.substr(length_prefix_bytes, bytes);
  rest_.remove_prefix(length_prefix_bytes + bytes);
  return message;
}

}  // namespace bellwether::client
