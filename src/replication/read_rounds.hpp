// replication/read_rounds.hpp: what only a leader may answer that a majority has confirmed since it was asked:
// linearizable reads (consensus.md Q2), which get what was decided when they were asked, and appends that look
// impossible.
// Source:  Ongaro, "Consensus: Bridging Theory and Practice" (2014), section 6.4 (read index).
// Threads: none, no lock.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "protocol/ids.hpp"
#include "replication/options.hpp"
#include "replication/output.hpp"

namespace bellwether::replication {

struct RemoteReader {  // a follower that asks for one of its clients
  NodeId id = nobody;
  std::uint64_t request = 0;
};
using Reader = std::variant<RequestId, RemoteReader>;

// An append that can't be stored as things look to this leader. That is final for its client, so a leader that
// was deposed without knowing must not say it.
struct DoubtfulAppend {
  RequestId request{};
  ProducerId producer = no_producer;
  Sequence sequence = 0;
  std::uint32_t count = 0;  // messages
  Ticks since = 0;
};
// More at once are answered `busy`: they are small, but nothing else limits them.
constexpr std::size_t doubtful_appends_max = 4'096;

class ReadRounds {
 public:
  struct Round {
    std::uint64_t number = 0;
    Index index = 0;
    std::vector<Reader> readers;
    std::vector<DoubtfulAppend> appends;
  };

  void ask(Reader reader) { waiting_.push_back(reader); }
  void doubt(const DoubtfulAppend& append) {
    doubted_.push_back(append);
    ++doubtful_;
  }
  std::size_t doubtful() const { return doubtful_; }
  // Doubtful appends alone start no round while another is under way: they are for broken clients, and a round
  // costs a message to each member.
  bool wants_round() const { return !waiting_.empty() || (!doubted_.empty() && rounds_.empty()); }
  std::uint64_t number() const { return number_; }

  // All that wait share one round, which starts now: its number is to be sent to everybody.
  void start(Index decided) {
    rounds_.push_back({.number = ++number_,
                       .index = decided,
                       .readers = std::exchange(waiting_, {}),
                       .appends = std::exchange(doubted_, {})});
  }

  bool has_rounds() const { return !rounds_.empty(); }  // started and not confirmed yet

  // The next round that is confirmed, if any, given the greatest number that a majority has echoed.
  std::optional<Round> take_confirmed(std::uint64_t echoed) {
    if (rounds_.empty() || rounds_.front().number > echoed) return std::nullopt;
    Round confirmed = std::move(rounds_.front());
    rounds_.pop_front();
    doubtful_ -= confirmed.appends.size();
    return confirmed;
  }

  std::vector<Reader> take_readers() {  // the role is lost: none of them can be answered
    std::vector<Reader> all = std::exchange(waiting_, {});
    for (const Round& round : rounds_) all.insert(all.end(), round.readers.begin(), round.readers.end());
    for (Round& round : rounds_) round.readers.clear();
    return all;
  }

  std::vector<DoubtfulAppend> take_doubted(Ticks since_before) {  // nobody confirms these
    std::vector<DoubtfulAppend> taken;
    const auto take_from = [&](std::vector<DoubtfulAppend>& appends) {
      const auto rest = std::stable_partition(
          appends.begin(), appends.end(),
          [since_before](const DoubtfulAppend& append) { return append.since < since_before; });
      taken.insert(taken.end(), appends.begin(), rest);
      appends.erase(appends.begin(), rest);
    };
    for (Round& round : rounds_) take_from(round.appends);
    take_from(doubted_);
    doubtful_ -= taken.size();
    return taken;
  }

  void forget(RequestId request) {
    const auto is_it = [request](const Reader& reader) {
      const auto* local = std::get_if<RequestId>(&reader);
      return local != nullptr && *local == request;
    };
    const auto is_its = [request](const DoubtfulAppend& append) { return append.request == request; };
    std::erase_if(waiting_, is_it);
    doubtful_ -= std::erase_if(doubted_, is_its);
    for (Round& round : rounds_) {
      std::erase_if(round.readers, is_it);
      doubtful_ -= std::erase_if(round.appends, is_its);
    }
  }

 private:
  std::uint64_t number_ = 0;
  std::vector<Reader> waiting_;
  std::vector<DoubtfulAppend> doubted_;
  std::size_t doubtful_ = 0;  // there and in the rounds
  std::deque<Round> rounds_;
};

}  // namespace bellwether::replication
