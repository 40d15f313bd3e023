// node/tail_session.hpp: one `tail` request being answered: streams decided messages from an offset on, as
// fast as its reader takes them (interfaces.md, "JSON packets over TCP"). Unless it follows or is local it
// first asks the leader what is decided (read index), and ends there.
// Threads: the I/O thread.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "node/engine.hpp"
#include "node/requests.hpp"
#include "node/tail_reader.hpp"
#include "protocol/packets.hpp"

namespace bellwether::node {

class TailSession : public std::enable_shared_from_this<TailSession> {
 public:
  static constexpr std::chrono::seconds leader_within{5};
  static constexpr std::chrono::seconds keep_alive_every{5};
  static constexpr std::chrono::seconds repaired_within{5};  // what the log cannot give back (S6)

  // `on_done`: the last answer was given; not called by abandon().
  TailSession(asio::io_context& io, Engine& engine, Requests& requests, std::shared_ptr<TailReader> reader,
              const TailRequest& request, std::function<void()> on_done);

  void start();
  void advance();      // more is decided, or the reader has taken what was queued
  void on_readable();  // what could not be read may be there again
  void keep_alive();   // tells a follower that nothing was lost, if it heard nothing for a while
  void end(const std::string& reason);  // the node leaves, or was removed
  void abandon();                       // the reader is gone
  bool is_done() const { return done_; }

 private:
  void ask_leader();
  void on_read_index(const replication::Answer& answer);
  void on_no_leader(const replication::Refused& refused);
  void fail(const ErrorAnswer& error);
  void fail_dropped(Offset offset);
  void answer_last(const Packet& packet);

  bool is_paused() const;
  Offset bound() const;  // as far as this session may go now
  bool send_next();      // false: it has to wait for the disk
  Offset offset_behind(Index index) const;
  // The entry that brings message next_, and its own first message's offset; none: neither memory nor what was
  // fetched last holds it.
  std::optional<std::pair<Index, Offset>> place() const;
  EntryPtr entry_at(Index index) const;
  void fetch();
  void on_fetched(Result<storage::EntriesFrom> entries);
  bool wait_for_repair(const Error& damage);  // false: there is no use in it, or no time left
  void fail_unreadable(const Error& error);
  Messages collect(Index index, Offset entry_offset) const;
  void send(Messages messages);
  void send_as_text(const Messages& messages);

  Engine& engine_;
  Requests& requests_;
  std::shared_ptr<TailReader> reader_;
  TailRequest request_;
  std::function<void()> on_done_;
  asio::steady_timer timer_;
  std::chrono::steady_clock::time_point ask_until_;
  std::chrono::steady_clock::time_point last_sent_;
  std::optional<replication::RequestId> asked_;
  Offset next_ = 0;
  std::optional<Offset> until_;   // where it ends by itself
  storage::EntriesFrom fetched_;  // entries that memory no longer holds
  bool started_ = false;          // knows where it ends
  bool fetching_ = false;
  std::optional<std::chrono::steady_clock::time_point> repaired_by_;  // it waits for what it could not fetch
  bool done_ = false;
};

}  // namespace bellwether::node
