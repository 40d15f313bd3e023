// One replica on the table, without a cluster: the test plays its disk, its peers, its clients and its clock.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "replication/replica.hpp"

namespace bellwether::replication {

constexpr NodeId n1{1}, n2{2}, n3{3}, n4{4}, n5{5};

constexpr Ballot ballot(std::uint64_t round, NodeId id) { return {.round = round, .priority = 0, .id = id}; }

class Table {
 public:
  // A cluster whose first members are voters, the next ones learners; all have its first log, decided.
  Table(NodeId self, std::uint64_t voters, std::uint64_t learners = 0, state::ProducerLimits limits = {});

  std::unique_ptr<Replica> replica;
  Index formed = 0;  // end of the first log

  // ---- inputs
  void hear(NodeId from, Message message);
  void sync();       // everything written so far is durable
  void end_round();  // time goes on until the round is over
  void pass(Ticks time);
  void answer_heartbeats(const std::vector<NodeId>& from, bool happy, bool connected = true);
  RequestId append(ProducerId producer, Sequence sequence, std::uint32_t count = 1);
  RequestId ask(void (*what)(Replica&, RequestId));
  template <typename Input>
  void step(Input input) {
    input(*replica);
    take();
  }
  void restart();  // from what was synced

  // ---- outputs since they were last asked for
  template <typename T>
  std::vector<std::pair<NodeId, T>> sent() {
    std::vector<std::pair<NodeId, T>> found;
    std::erase_if(messages_, [&](const Outgoing& outgoing) {
      const auto* one = std::get_if<T>(&outgoing.message);
      if (one != nullptr) found.emplace_back(outgoing.to, *one);
      return one != nullptr;
    });
    return found;
  }
  template <typename T>
  std::optional<T> sent_to(NodeId to) {  // the last one
    std::optional<T> last;
    for (const auto& [receiver, message] : sent<T>()) {
      if (receiver == to) last = message;
    }
    return last;
  }
  std::vector<Record> written();
  std::vector<DecidedEntry> decided();
  Index installed() const { return installed_; }  // the last one; 0: none
  std::vector<RepairedEntry> repaired();
  std::size_t notices() const { return notices_; }
  std::optional<Answer> answer_to(RequestId request);
  std::optional<ErrorCode> refusal_of(RequestId request);

  // ---- short cuts
  void make_leader(
      const std::vector<NodeId>& promisers);  // of a replica that stands alone so far: raises, gets promises
  void accept_all(NodeId from);               // `from` has made everything durable that the leader has
  EntryRange entries(Index previous, Ballot previous_ballot, const std::vector<Ballot>& ballots) const;

 private:
  void take();
  Options options() const;

  NodeId self_;
  Ticks now_ = 1'000;
  StableState stable_;
  std::vector<NumberedRecord> unsynced_;
  std::vector<Record> written_;
  std::vector<Outgoing> messages_;
  std::vector<DecidedEntry> decided_;
  std::vector<RepairedEntry> repaired_;
  std::map<RequestId, Answer> answers_;
  Index installed_ = 0;
  std::size_t notices_ = 0;
  std::uint64_t last_request_ = 0;
};

}  // namespace bellwether::replication
