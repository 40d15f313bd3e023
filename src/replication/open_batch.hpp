// replication/open_batch.hpp: the groups of all requests that wait together, on their way to become one
// entry. Small groups are put together in one piece: to copy their bytes once costs less than to gather hundreds of pieces
// for the disk and for each peer. A large one stays where it was received.
// Threads: none, no lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
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
    if (messages.size() <= copied_bytes_max) {
      copied_ += messages.text();
    } else {
      close_copied();
      messages_.push_back(std::move(messages));
    }
  }

  EntryPtr take(Index index, Ballot ballot, std::uint64_t wall_ms) {
    bytes_ = empty_batch_bytes;
    close_copied();
    return make_entry(index, ballot, wall_ms, Batch{std::exchange(groups_, {})},
                      std::exchange(messages_, {}));
  }

  void discard() {
    groups_.clear();
    messages_.clear();
    copied_.clear();
    bytes_ = empty_batch_bytes;
  }

 private:
  // The small groups since the last large one become a piece of their own.
  void close_copied() {
    if (copied_.empty()) return;
    const auto owner = std::make_shared<const std::string>(std::move(copied_));
    messages_.push_back(Bytes(owner, std::as_bytes(std::span(*owner))));
    copied_.clear();
  }

  static constexpr std::size_t copied_bytes_max = 1024;

  std::vector<Group> groups_;
  std::vector<Bytes> messages_;
  std::string copied_;
  static constexpr std::size_t empty_batch_bytes =
      entry_header_bytes + sizeof(std::uint32_t);  // and the count

  std::size_t bytes_ = empty_batch_bytes;
};

}  // namespace bellwether::replication
