#include "node/entry_cache.hpp"

#include <algorithm>
#include <iterator>
#include <variant>

#include "base/assert.hpp"

namespace bellwether::node {

void EntryCache::on_record(const replication::Record& record) {
  if (const auto* appended = std::get_if<replication::AppendRecord>(&record)) append(*appended);
  if (const auto* truncated = std::get_if<replication::TruncateRecord>(&record)) truncate(truncated->from);
  if (const auto* installed = std::get_if<replication::InstallRecord>(&record))
    install(installed->base->index);
}

void EntryCache::on_durable(Index upto) {
  durable_ = upto;
  drop_surplus();
}

void EntryCache::on_decided(Index index, Offset offset) {
  if (!has(index)) return;  // decided in a former run, or gone already: that is durable here and large
  if (offsets_.empty()) offsets_first_ = index;
  BELLWETHER_ASSERT(index == offsets_first_ + offsets_.size());
  offsets_.push_back(offset);
}

std::optional<std::pair<Index, Offset>> EntryCache::bringing(Offset offset) const {
  // Entries without messages have the offset of the next one that brings some: the last that fits is the one.
  const auto behind = std::ranges::upper_bound(offsets_, offset);
  if (behind == offsets_.begin()) return {};
  const Index index = offsets_first_ + static_cast<Index>(behind - offsets_.begin()) - 1;
  return std::pair(index, *std::prev(behind));
}

std::optional<Offset> EntryCache::offset_of(Index index) const {
  if (index < offsets_first_ || index >= offsets_first_ + offsets_.size()) return {};
  return offsets_[index - offsets_first_];
}

const EntryPtr& EntryCache::at(Index index) const {
  BELLWETHER_ASSERT(has(index));
  return entries_[index - first_];
}

std::vector<EntryPtr> EntryCache::copy(Index from, Index to, std::size_t bytes_max) const {
  std::vector<EntryPtr> entries{at(from)};
  std::size_t bytes = entries.front()->encoded_bytes;
  for (Index index = from + 1; index < to; ++index) {
    bytes += at(index)->encoded_bytes;
    if (bytes > bytes_max) break;
    entries.push_back(at(index));
  }
  return entries;
}

void EntryCache::append(const replication::AppendRecord& record) {
  BELLWETHER_ASSERT(record.first == end());
  for (const auto& entry : record.entries) {
    entries_.push_back(entry);
    bytes_ += entry->encoded_bytes;
  }
  drop_surplus();
}

void EntryCache::truncate(Index from) {
  BELLWETHER_ASSERT(from <= end());
  while (!entries_.empty() && end() > from) {
    bytes_ -= entries_.back()->encoded_bytes;
    entries_.pop_back();
  }
  if (entries_.empty()) first_ = from;
  if (durable_ >= from) durable_ = from - 1;  // what is written there next is not on the disk yet
}

// What is here is no part of the log any more.
void EntryCache::install(Index base) {
  entries_.clear();
  offsets_.clear();
  bytes_ = 0;
  first_ = base + 1;
  durable_ = base;  // there is nothing before it to wait for
}

void EntryCache::drop_surplus() {
  while (bytes_ > bytes_max_ && first_ <= durable_ && !entries_.empty()) {
    bytes_ -= entries_.front()->encoded_bytes;
    entries_.pop_front();
    ++first_;
    if (!offsets_.empty() && offsets_first_ < first_) {
      offsets_.pop_front();
      ++offsets_first_;
    }
  }
}

}  // namespace bellwether::node
