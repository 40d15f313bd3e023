// client/appender.hpp: appends messages to the log exactly once, in order, whoever leads. It registers one
// producer and numbers its groups from 1 (consensus.md P1 to P5). Messages that wait go together into one
// group; several groups are under way at once; after any failure all that are unacknowledged are sent
// again, in the order of their numbers, to whoever leads then. The cluster recognises a number that it has
// stored.
//
// Units:   messages are counted from 0 in the order of append(); times are steady_clock.
// Errors:  what can heal is retried for ever, with `on_waiting` telling why; the rest ends in one
//          `on_failed`.
// Threads: the one that runs the io_context; events are called on it, and may call append() and finish().
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "client/leader_finder.hpp"
#include "client/member_connection.hpp"
#include "client/members.hpp"
#include "client/outbox.hpp"
#include "client/rival_watch.hpp"
#include "protocol/ids.hpp"

namespace bellwether::client {

struct AppenderOptions {
  std::size_t groups_max = 64;  // unacknowledged at once; the cluster remembers 1024 of a producer (P1)
  std::size_t group_bytes_max = 256 * 1024;        // a larger message is a group of its own
  std::size_t window_bytes_max = 4 * 1024 * 1024;  // several times what one sync of a disk takes along
  bool at_least_once = false;  // after `unknown-producer`: send again what may be stored, as a new producer
  std::chrono::milliseconds answer_within{
      3000};  // a silent leader is left after that, doubling up to 30 s; sooner if another one leads (RivalWatch)
  // At the start: fail if no member at all has answered by then.
  std::optional<std::chrono::milliseconds> reach_within;
  std::uint64_t seed = 0;  // of the jitter
};

struct Acknowledgement {
  std::uint64_t first_message = 0;
  std::uint32_t count = 0;
  std::optional<Offset> offset;        // of the first message; none: stored, its place forgotten
  std::chrono::nanoseconds latency{};  // from append() of the group's first message
};

struct AppendFailure {
  enum class Kind {
    unreachable,   // no member answered within reach_within
    refused,       // the cluster will not take these messages, whoever leads
    fate_unknown,  // the cluster has forgotten this producer: [first_message, + count) may or may not be
                   // stored
  };
  Kind kind = Kind::refused;
  std::string what;
  std::uint64_t first_message = 0;  // the oldest unacknowledged one
  std::uint64_t count = 0;
};

class Appender : public std::enable_shared_from_this<Appender> {
 public:
  struct Events {
    std::function<void(const Acknowledgement&)> on_acknowledged;
    std::function<void()> on_room;                              // append() may take messages again
    std::function<void(const std::string& address)> on_leader;  // connected to another leader than before
    std::function<void(const std::string& reason)> on_waiting;
    std::function<void()> on_finished;  // after finish(): every message is acknowledged
    std::function<void(const AppendFailure&)> on_failed;
  };

  Appender(asio::any_io_executor executor, Members members, AppenderOptions options, Events events);

  void start();

  // Takes the message (at most message_bytes_max), or says false: no room now, on_room will say when.
  bool append(std::string_view message);
  void finish();  // no more messages will come
  void stop();    // gives up what is unacknowledged; no event after it

  std::uint64_t appended() const { return outbox_.appended(); }
  std::uint64_t unacknowledged() const { return outbox_.unacknowledged(); }

 private:
  // Why a connection to a leader has ended, and what follows from it.
  struct Parting {
    bool stored_nothing;  // of what it was sent and did not acknowledge
    LeaderFinder::Pause pause;
  };

  asio::awaitable<void> run();
  asio::awaitable<bool> reach_leader();
  asio::awaitable<void> register_producer();
  asio::awaitable<void> serve();

  void take_answers();
  void on_answer(const Tagged& answer);
  void ask_for_members();
  void on_members(const MembersAnswer& answer);
  void on_appended(const Appended& answer);
  void on_error(const ErrorAnswer& answer);
  void on_gap(const ErrorAnswer& answer);
  void on_forgotten(const ErrorAnswer& answer);
  void on_broken(const Error& error);
  void part(bool stored_nothing, LeaderFinder::Pause pause);
  void tidy_up_after_parting();

  void flush_soon();
  void flush();
  void send_unsent();
  void watch_for_rivals();
  void on_rival(const std::string& address);
  void watch_for_answers();
  void fail(AppendFailure::Kind kind, std::string what);
  bool is_done() const { return stopped_ || (finishing_ && unacknowledged() == 0); }

  asio::any_io_executor executor_;
  AppenderOptions options_;
  Events events_;
  Members members_;
  LeaderFinder finder_;
  Outbox outbox_;

  ProducerId producer_ = no_producer;
  MemberConnection::Pointer leader_;
  std::shared_ptr<RivalWatch> rivals_;  // of leader_
  bool ready_ = false;                  // the producer is registered: groups may go to leader_
  std::optional<Parting> parting_;      // set: nothing more is read from leader_, nor sent to it
  std::string last_leader_;
  std::chrono::milliseconds answer_within_;  // grows while leaders stay silent
  std::chrono::steady_clock::time_point members_asked_at_;
  bool progressed_ = false;  // something was acknowledged on this connection

  bool flush_posted_ = false;
  bool was_full_ = false;
  bool finishing_ = false;
  bool stopped_ = false;
};

}  // namespace bellwether::client
