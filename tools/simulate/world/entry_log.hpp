// simulate/world/entry_log.hpp: a log as a disk or a process holds it: the entries behind a base.
// Errors:  asking for an entry that is dropped is a mistake of the simulator.
#pragma once

#include <cstddef>
#include <vector>

#include "base/assert.hpp"
#include "protocol/entry.hpp"

namespace bellwether::simulation {

class EntryLog {
 public:
  Index base() const { return base_; }
  std::size_t size() const { return base_ + entries_.size(); }  // the index of the last entry
  bool has(Index index) const { return index > base_ && index <= size(); }
  const EntryPtr& operator[](std::size_t at) const {  // the entry with index at + 1
    BELLWETHER_ASSERT(has(at + 1));
    return entries_[at - base_];
  }
  Ballot ballot_at(Index index) const {  // base() <= index <= size()
    return index == base_ ? base_ballot_ : (*this)[index - 1]->ballot;
  }
  Ballot last_ballot() const { return ballot_at(size()); }

  void push_back(const EntryPtr& entry) { entries_.push_back(entry); }
  void resize(std::size_t last) { entries_.resize(last - base_); }
  void drop_upto(Index index) {
    base_ballot_ = ballot_at(index);
    entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(index - base_));
    base_ = index;
  }
  void replace_by(Index base, Ballot ballot) {
    base_ = base;
    base_ballot_ = ballot;
    entries_.clear();
  }

 private:
  Index base_ = 0;
  Ballot base_ballot_;
  std::vector<EntryPtr> entries_;
};

}  // namespace bellwether::simulation
