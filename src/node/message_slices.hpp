// node/message_slices.hpp: cuts messages out of a batch entry for its readers, without copying them.
// Threads: no state; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "protocol/entry.hpp"

namespace bellwether::node {

struct MessageSlice {
  std::uint32_t count = 0;
  std::size_t bytes = 0;    // with the length prefixes
  std::vector<Bytes> body;  // pieces of the entry's own buffers, in order
};

// From the entry's message number `skip` on: at most count_max messages and bytes_max bytes, but at least one
// message if `count_max` > 0 and the entry has one.
MessageSlice slice_messages(const Entry& entry, std::uint32_t skip, std::uint32_t count_max,
                            std::size_t bytes_max);

// Calls `visit` with each message's bytes in `body` (whole messages with their length prefixes).
void for_each_message(const std::vector<Bytes>& body, const std::function<void(std::string_view)>& visit);

}  // namespace bellwether::node
