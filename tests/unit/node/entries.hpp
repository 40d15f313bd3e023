// tests/unit/node/entries.hpp: entries for the node's tests.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "base/little_endian.hpp"
#include "protocol/entry.hpp"

namespace bellwether::node::test {

inline Bytes packed(const std::vector<std::string>& messages) {
  std::string bytes;
  for (const auto& message : messages) {
    std::byte size[4];
    store_little_endian(size, static_cast<std::uint32_t>(message.size()));
    bytes.append(reinterpret_cast<const char*>(size), sizeof size);
    bytes += message;
  }
  return Bytes::copy_of(bytes);
}

// One group for each list of messages.
inline EntryPtr batch(Index index, const std::vector<std::vector<std::string>>& groups) {
  Batch batch;
  std::vector<Bytes> messages;
  for (const auto& group : groups) {
    messages.push_back(packed(group));
    Group header;
    header.count = static_cast<std::uint32_t>(group.size());
    header.bytes = static_cast<std::uint32_t>(messages.back().size());
    batch.groups.push_back(header);
  }
  return make_entry(index, Ballot{2, 0, NodeId{1}}, 1'000 + index, std::move(batch), std::move(messages));
}

inline EntryPtr noop(Index index) {
  return make_entry(index, Ballot{2, 0, NodeId{1}}, 1'000 + index, Noop{});
}

}  // namespace bellwether::node::test
