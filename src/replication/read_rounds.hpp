// replication/read_rounds.hpp: the leader's side of linearizable reads: what was decided when a read was
// asked may be answered once a majority has confirmed, after that, that it still follows this leader
// (consensus.md Q2).
// Source:  Ongaro, "Consensus: Bridging Theory and Practice" (2014), section 6.4 (read index).
// Threads: none, no lock.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "protocol/ids.hpp"
#include "replication/output.hpp"

namespace bellwether::replication {

struct RemoteReader {  // a follower that asks for one of its clients
  NodeId id = nobody;
  std::uint64_t request = 0;
};
using Reader = std::variant<RequestId, RemoteReader>;

class ReadRounds {
 public:
  struct Round {
    std::uint64_t number = 0;
    Index index = 0;
    std::vector<Reader> readers;
  };

  void ask(Reader reader) { waiting_.push_back(reader); }
  bool has_waiting() const { return !waiting_.empty(); }
  std::uint64_t number() const { return number_; }

  // All that wait share one round, which starts now: its number is to be sent to everybody.
  void start(Index decided) {
    rounds_.push_back({.number = ++number_, .index = decided, .readers = std::exchange(waiting_, {})});
  }

  bool has_rounds() const { return !rounds_.empty(); }  // started and not confirmed yet

  // The next round that is confirmed, if any, given the greatest number that a majority has echoed.
  std::optional<Round> take_confirmed(std::uint64_t echoed) {
    if (rounds_.empty() || rounds_.front().number > echoed) return std::nullopt;
    Round confirmed = std::move(rounds_.front());
    rounds_.pop_front();
    return confirmed;
  }

  std::vector<Reader> take_all() {  // the role is lost: none of them can be answered
    std::vector<Reader> all = std::exchange(waiting_, {});
    for (const Round& round : rounds_) all.insert(all.end(), round.readers.begin(), round.readers.end());
    rounds_.clear();
    return all;
  }

  void forget(RequestId request) {
    const auto is_it = [request](const Reader& reader) {
      const auto* local = std::get_if<RequestId>(&reader);
      return local != nullptr && *local == request;
    };
    std::erase_if(waiting_, is_it);
    for (Round& round : rounds_) std::erase_if(round.readers, is_it);
  }

 private:
  std::uint64_t number_ = 0;
  std::vector<Reader> waiting_;
  std::deque<Round> rounds_;
};

}  // namespace bellwether::replication
