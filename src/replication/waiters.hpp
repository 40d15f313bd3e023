// replication/waiters.hpp: clients that wait for an entry to be decided. They are kept over a step-down: a
// deposed leader may still learn what became of their entry (consensus.md L12).
// Threads: none, no lock.
#pragma once

#include <map>
#include <vector>

#include "protocol/ballot.hpp"
#include "protocol/ids.hpp"
#include "replication/options.hpp"
#include "replication/output.hpp"
#include "state/producers.hpp"

namespace bellwether::replication {

struct WaitedGroup {  // by which the table of producers knows an append
  ProducerId producer = no_producer;
  Sequence sequence = 0;
};

class Waiters {
 public:
  // `answer` is given when the entry at `index` is decided with `ballot`, `retry` when with another one.
  void add(Index index, Ballot ballot, RequestId request, Answer answer, Ticks now, WaitedGroup group = {});

  // The answers due to these events, in the order of the log.
  std::vector<ClientAnswer> on_decided(Index index, Ballot ballot);
  // A snapshot stands for the entries up to `upto`: only the table behind them says what became of a group.
  std::vector<ClientAnswer> on_installed(Index upto, const state::Producers& producers);
  // Nothing will ever be appended there in that ballot; who waits for an entry of another one still waits.
  std::vector<ClientAnswer> refuse_at(Index index, Ballot ballot, ErrorCode code);
  std::vector<ClientAnswer> refuse_older_than(Ticks time, ErrorCode code);
  std::vector<ClientAnswer> refuse_all(ErrorCode code);

 private:
  struct Waiter {
    Ballot ballot;
    RequestId request;
    Answer answer;
    Ticks since;
    WaitedGroup group;
  };
  static ClientAnswer by_table(Waiter waiter, const state::Producers& producers);

  std::map<Index, std::vector<Waiter>> by_index_;
};

}  // namespace bellwether::replication
