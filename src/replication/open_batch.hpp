// replication/open_batch.hpp: the groups of all requests that wait together, on their way to become one
// entry.
// Threads: none, no lock.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "protocol/entry.hpp"

namespace bellwether::replication {

class OpenBatch {
 public:
  bool is_empty() const { return groups_.empty(); }
  std::size_t bytes() const { return bytes_; }  // that the entry would have, nearly

  void add(const Group& group, Bytes messages) {
    bytes_ += group_header_bytes + messages.size();
    groups_.push_back(group);
    messages_.push_back(std::move(messages));
  }

  EntryPtr take(Index index, Ballot ballot, std::uint64_t wall_ms) {
    bytes_ = 0;
    return make_entry(index, ballot, wall_ms, Batch{std::exchange(groups_, {})},
                      std::exchange(messages_, {}));
  }

  void discard() {
    groups_.clear();
    messages_.clear();
    bytes_ = 0;
  }

 private:
  std::vector<Group> groups_;
  std::vector<Bytes> messages_;
  std::size_t bytes_ = 0;
};

}  // namespace bellwether::replication
