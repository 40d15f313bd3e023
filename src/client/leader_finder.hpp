// client/leader_finder.hpp: finds the leader through any member, and a connection to it; keeps trying, with
// backoff.
// Threads: the one that runs the io_context.
#pragma once

#include <asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "client/backoff.hpp"
#include "client/member_connection.hpp"
#include "client/members.hpp"

namespace bellwether::client {

// How long to go on. Without a time: for ever.
struct Patience {
  using Time = std::optional<std::chrono::steady_clock::time_point>;
  Time reach_by;   // no member at all has answered by then: give up
  Time finish_by;  // give up in any case
};

class LeaderFinder {
 public:
  // `on_waiting` gets a sentence whenever the reason for waiting changes.
  LeaderFinder(Members& members, std::uint64_t seed, std::function<void(const std::string&)> on_waiting);

  // A connection to the member that says itself that it leads.
  // Errors: patience is over; `what` says who was asked and what they said.
  asio::awaitable<Result<MemberConnection::Pointer>> connect(Patience patience);

  Ballot leader_ballot() const { return ballot_; }  // by which the last one found leads

  enum class Pause {
    election,  // a new leader is expected within a few heartbeats: short waits
    trouble,   // it may last: waits of up to a second
  };
  asio::awaitable<void> pause(Pause kind);
  void worked();  // the leader does what it is asked: the next wait is a short one again
  void waiting(const std::string& reason);

 private:
  asio::awaitable<MemberConnection::Pointer> ask_round();
  asio::awaitable<MemberConnection::Pointer> follow(std::string address);
  asio::awaitable<void> ask_why(MemberConnection::Pointer member);
  std::chrono::milliseconds wait_for(Pause kind);
  std::optional<Error> impatience(const Patience& patience) const;
  void note_failure(const std::string& address, const Error& error);

  Members& members_;
  Backoff election_;
  Backoff absence_;
  std::function<void(const std::string&)> on_waiting_;
  std::string reason_;  // the last one told
  Ballot ballot_;
  bool reached_ = false;             // some member has answered, ever
  bool answered_ = false;            // some member answered in this round
  std::vector<std::string> failed_;  // who did not, in this round
  std::string why_;                  // no leader: the last answer or error
};

}  // namespace bellwether::client
