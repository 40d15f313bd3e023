// node/entry_cache.hpp: the newest entries of the log in memory, without a gap up to its end. What is not
// durable yet is always here; older entries stay as long as they fit into the bound, so that peers and
// tails that keep up never touch the disk.
// Threads: the I/O thread.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "protocol/entry.hpp"
#include "protocol/ids.hpp"
#include "replication/record.hpp"

namespace bellwether::node {

class EntryCache {
 public:
  static constexpr std::size_t bytes_max_default = 64 * 1024 * 1024;

  // A log that ends at `last`, all of it durable and none of it here.
  explicit EntryCache(Index last, std::size_t bytes_max = bytes_max_default)
      : bytes_max_(bytes_max), first_(last + 1) {}

  void on_record(const replication::Record& record);  // every record that goes to the disk, in order
  void on_durable(Index upto);                        // lets older entries go
  void on_decided(Index index, Offset offset);        // every decided entry, in order

  Index first() const { return first_; }                  // of what is here
  Index end() const { return first_ + entries_.size(); }  // one behind the log's last entry
  bool has(Index index) const { return index >= first_ && index < end(); }
  const EntryPtr& at(Index index) const;  // has(index)
  // Of [from, to), all of them here, as many as fit into bytes_max, at least one.
  std::vector<EntryPtr> copy(Index from, Index to, std::size_t bytes_max) const;
  std::size_t bytes() const { return bytes_; }

  // The entry that brings this decided message and its own first message's offset; none: not here.
  std::optional<std::pair<Index, Offset>> bringing(Offset offset) const;
  std::optional<Offset> offset_of(Index index) const;  // of its first message; none: not decided, or not here

 private:
  void append(const replication::AppendRecord& record);
  void truncate(Index from);
  void install(Index base);
  void drop_surplus();

  std::size_t bytes_max_;
  Index first_;
  Index durable_ = 0;
  std::deque<EntryPtr> entries_;
  std::deque<Offset> offsets_;  // of the decided entries from offsets_first_ on
  Index offsets_first_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace bellwether::node
