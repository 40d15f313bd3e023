// client/tail.hpp: reads the log in order from any member, and goes on at the next offset through another
// one when that member dies, leaves, or finds this reader too slow.
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
#include "client/leader_finder.hpp"
#include "client/member_connection.hpp"
#include "client/members.hpp"
#include "protocol/packets.hpp"

namespace bellwether::client {

struct TailOptions {
  Offset from = 0;
  std::optional<std::uint64_t> limit;
  bool follow = false;
  bool local = false;  // only what the asked member has itself; no other member than those named is asked
};

class Tail {
 public:
  struct Events {
    std::function<bool(const Messages&)> on_messages;  // never empty, without gap or repetition; false: stop
    std::function<void(const std::string& reason)> on_waiting;
  };

  Tail(Members members, TailOptions options, std::uint64_t seed, Events events);

  // The offset after the last message that was handed over.
  // Errors: the log begins after `from`; a refusal that no other member would change; patience is over
  //         without progress (it counts from the last messages, so that a long tail never ends by it).
  asio::awaitable<Result<Offset>> run(std::chrono::milliseconds patience);

 private:
  enum class Step { again, finished };

  asio::awaitable<Result<Step>> read_from(std::string address);
  asio::awaitable<Result<Step>> read_stream(MemberConnection::Pointer member);
  void ask(MemberConnection& member) const;
  Result<std::optional<Step>> on_packet(const MemberConnection& member, const Packet& packet);
  Result<std::optional<Step>> on_messages(const MemberConnection& member, const Messages& messages);
  Result<std::optional<Step>> on_end(const MemberConnection& member, const End& end);
  Result<std::optional<Step>> on_error(const MemberConnection& member, const ErrorAnswer& answer);
  Step go_on_elsewhere(const std::string& address, const std::string& reason);

  Members members_;
  TailOptions options_;
  Events events_;
  Backoff backoff_;
  Offset next_;
  std::string reason_;                                   // why it last went elsewhere
  std::chrono::steady_clock::time_point last_progress_;  // messages, or the word that there are none
};

}  // namespace bellwether::client
