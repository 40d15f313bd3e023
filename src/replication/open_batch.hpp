// replication/open_batch.hpp: the groups of all requests that wait together, on their way to become one
// entry.
// Threads: none, no lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "protocol/entry.hpp"

namespace bellwether::replication {

class OpenBatch {
 public:
  bool is_empty() const { return groups_.empty(); }
  // That the entry would have with one more group of so many bytes: the limit of an entry is checked by it.
  std::size_t bytes_with(std::size_t more) const { return bytes_ + group_header_bytes + more; }
  std::size_t bytes() const { return bytes_; }

  void add(const Group& group, Bytes messages) {
    bytes_ += group_header_bytes + messages.size();
    groups_.push_back(group);
    messages_.push_back(std::move(messages));
  }

  EntryPtr take(Index index, Ballot ballot, std::uint64_t wall_ms) {
    bytes_ = empty_batch_bytes;
    return make_entry(index, ballot, wall_ms, Batch{std::exchange(groups_, {})},
                      std::exchange(messages_, {}));
  }

  void discard() {
    groups_.clear();
    messages_.clear();
    bytes_ = empty_batch_bytes;
  }

 private:
  std::vector<Group> groups_;
  std::vector<Bytes> messages_;
  static constexpr std::size_t empty_batch_bytes =
      entry_header_bytes + sizeof(std::uint32_t);  // and the count

  std::size_t bytes_ = empty_batch_bytes;
};

}  // namespace bellwether::replication
