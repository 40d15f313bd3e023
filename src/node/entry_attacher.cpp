#include "node/entry_attacher.hpp"

#include <algorithm>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <optional>
#include <utility>

#include "node/log.hpp"
#include "protocol/limits.hpp"

namespace bellwether::node {
namespace {

// None: who gets it looks at the ballot of each entry (S6), so a promise made meanwhile does no harm.
std::optional<Ballot> ballot_of(const Message& message) {
  return std::visit(
      [](const auto& one) -> std::optional<Ballot> {
        if constexpr (
            requires {
              one.ballot;
              one.entries;
            } ||
            requires { one.missing; })
          return one.ballot;
        return std::nullopt;
      },
      message);
}

bool is_empty(const EntryRange& range) { return range.end <= range.previous + 1; }

// An Accept may be sent in several: what the first part did not bring follows as a message of its own.
// Promise and Suffix carry one chunk and are asked for the rest by the candidate.
std::optional<Message> rest_of(const Message& message, const EntryRange& sent, Index end) {
  const auto* accept = std::get_if<Accept>(&message);
  if (accept == nullptr || sent.items.empty() || sent.end >= end) return std::nullopt;
  Accept rest = *accept;
  rest.entries = EntryRange{sent.end - 1, sent.items.back()->ballot, end, {}};
  return rest;
}

}  // namespace

EntryRange* entries_of(Message& message) {
  if (auto* accept = std::get_if<Accept>(&message)) return &accept->entries;
  if (auto* suffix = std::get_if<Suffix>(&message)) return &suffix->entries;
  if (auto* entries = std::get_if<Entries>(&message)) return &entries->entries;
  if (auto* promise = std::get_if<Promise>(&message)) return promise->missing ? &*promise->missing : nullptr;
  return nullptr;
}

EntryAttacher::EntryAttacher(asio::any_io_executor io, const EntryCache& cache, storage::LogStore& store,
                             Send send)
    : io_(std::move(io)), cache_(cache), store_(store), send_(std::move(send)) {}

void EntryAttacher::submit(NodeId to, Message message) {
  if (entries_of(message) == nullptr) return send_(to, std::move(message));
  if (ballot_of(message).value_or(promised_) != promised_) return;  // made before a promise of the same step
  auto& queue = peers_[to];
  if (queue.size() >= waiting_per_peer_max) return;
  queue.push_back(std::make_shared<Waiting>(Waiting{std::move(message)}));
  if (queue.size() == 1) advance(to);
}

void EntryAttacher::on_promised(Ballot promised) {
  if (promised == promised_) return;
  promised_ = promised;
  drop_all_waiting();
}

void EntryAttacher::on_truncated(Index from) {
  for (auto& [to, queue] : peers_) {
    for (auto& waiting : queue) {
      const auto* range = entries_of(waiting->message);
      if (range->end > from) waiting->dropped = true;
    }
  }
}

void EntryAttacher::on_installed() { drop_all_waiting(); }

void EntryAttacher::drop_all_waiting() {
  for (auto& [to, queue] : peers_) {
    for (auto& waiting : queue) waiting->dropped = true;
  }
}

void EntryAttacher::advance(NodeId to) {
  auto& queue = peers_[to];
  while (!queue.empty()) {
    auto& waiting = *queue.front();
    const auto& range = *entries_of(waiting.message);
    const auto from = range.previous + 1;
    if (waiting.dropped || (!is_empty(range) && range.end > cache_.end())) {
      queue.pop_front();
    } else if (is_empty(range)) {
      send_front(to, {});
    } else if (from >= cache_.first()) {
      send_front(to, cache_.copy(from, range.end, limits::chunk_bytes));
    } else {
      return read_front(to);
    }
  }
}

void EntryAttacher::advance_later(NodeId to) {
  const auto timer = std::make_shared<asio::steady_timer>(io_, pace_.next());
  timer->async_wait([this, to, timer, alive = std::weak_ptr(alive_)](const std::error_code&) {
    if (!alive.expired()) advance(to);
  });
}

void EntryAttacher::read_front(NodeId to) {
  if (pace_.next() > Pace::Clock::now()) return advance_later(to);
  const auto waiting = peers_[to].front();
  const auto& range = *entries_of(waiting->message);
  auto done = [this, to, waiting, io = io_,
               alive = std::weak_ptr(alive_)](Result<std::vector<EntryPtr>> entries) {
    asio::post(io, [this, to, waiting, alive, entries = std::move(entries)]() mutable {
      if (!alive.expired()) on_read(to, *waiting, std::move(entries));
    });
  };
  store_.read(range.previous + 1, std::min(range.end, cache_.first()), limits::chunk_bytes, std::move(done));
}

void EntryAttacher::on_read(NodeId to, const Waiting& waiting, Result<std::vector<EntryPtr>> entries) {
  if (entries && !entries->empty() && !waiting.dropped) {
    std::uint64_t bytes = 0;
    for (const EntryPtr& entry : *entries) bytes += entry->encoded_bytes;
    pace_.sent(bytes, Pace::Clock::now());
    send_front(to, *std::move(entries));
  } else {
    // What was truncated meanwhile need not be there; who needs what was dropped gets the snapshot.
    // Damage was told already; who misses the message asks again.
    if (!entries && !waiting.dropped && entries.error().code != storage::LogError::dropped &&
        entries.error().code != storage::LogError::damaged)
      log::warn("entries for node " + std::to_string(number(to)) +
                " cannot be read: " + entries.error().what);
    peers_[to].pop_front();
  }
  advance(to);
}

void EntryAttacher::send_front(NodeId to, std::vector<EntryPtr> items) {
  auto& queue = peers_[to];
  auto message = std::move(queue.front()->message);
  queue.pop_front();
  auto& range = *entries_of(message);
  const auto end = std::exchange(range.end, range.previous + 1 + items.size());
  range.items = std::move(items);
  if (auto rest = rest_of(message, range, end)) {
    queue.push_front(std::make_shared<Waiting>(Waiting{*std::move(rest)}));
  }
  send_(to, std::move(message));
}

}  // namespace bellwether::node
