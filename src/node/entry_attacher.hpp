// node/entry_attacher.hpp: gives outgoing messages the entries that the core only named (consensus.md section
// 2, Outputs): from memory at once, else through the reader thread. A message is dropped if the promised
// ballot changed or its range was truncated meanwhile; no rule of the core relies on delivery. Per peer,
// messages that carry entries keep their order, since one that arrives before its predecessor only makes the
// follower refuse it; everything else overtakes them, so that a heartbeat never waits for a disk.
// What has to be read from the disk is for members that are far behind: it goes at a bounded rate, all of them
// together, so that their catching up leaves disk and network to the messages that producers wait for.
// Threads: the I/O thread.
#pragma once

#include <asio/any_io_executor.hpp>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>

#include "node/entry_cache.hpp"
#include "node/pace.hpp"
#include "protocol/messages.hpp"
#include "storage/log_store.hpp"

namespace bellwether::node {

class EntryAttacher {
 public:
  using Send = std::function<void(NodeId to, Message message)>;
  static constexpr std::size_t waiting_per_peer_max = 64;
  static constexpr std::uint64_t catch_up_bytes_per_second = 64 * 1024 * 1024;

  EntryAttacher(asio::any_io_executor io, const EntryCache& cache, storage::LogStore& store, Send send);

  void submit(NodeId to, Message message);  // sends it now or later, or never
  void on_promised(Ballot promised);        // drops what waits under another one
  void on_truncated(Index from);            // drops what waits for entries from there on
  void on_installed();                      // drops all: those entries are no part of the log any more

 private:
  struct Waiting {
    Message message;  // with a range
    bool dropped = false;
  };
  using Queue = std::deque<std::shared_ptr<Waiting>>;  // not empty: its front is being read

  void advance(NodeId to);  // sends from the front whatever memory holds
  void read_front(NodeId to);
  void advance_later(NodeId to);
  void on_read(NodeId to, const Waiting& waiting, Result<std::vector<EntryPtr>> entries);
  void send_front(NodeId to, std::vector<EntryPtr> items);
  void drop_all_waiting();

  asio::any_io_executor io_;
  const EntryCache& cache_;
  storage::LogStore& store_;
  Send send_;
  Pace pace_{catch_up_bytes_per_second};
  Ballot promised_;
  std::map<NodeId, Queue> peers_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

EntryRange* entries_of(Message& message);  // null: carries none

}  // namespace bellwether::node
