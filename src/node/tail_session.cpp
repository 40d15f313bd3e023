#include "node/tail_session.hpp"

#include <algorithm>
#include <asio/post.hpp>
#include <iterator>
#include <limits>
#include <string_view>
#include <utility>
#include <variant>

#include "node/log.hpp"
#include "node/message_slices.hpp"
#include "node/refusals.hpp"
#include "protocol/limits.hpp"

namespace bellwether::node {
namespace {

constexpr std::chrono::milliseconds ask_again_after{100};
// Their times, 14 characters each, fit the header line.
constexpr std::uint32_t messages_per_packet_max = limits::messages_answer_count_max;
static_assert(messages_per_packet_max * 14 + 1024 < limits::header_line_bytes_max);

Offset plus_limited(Offset from, std::uint64_t count) {
  return count > std::numeric_limits<Offset>::max() - from ? std::numeric_limits<Offset>::max()
                                                           : from + count;
}

}  // namespace

TailSession::TailSession(asio::io_context& io, Engine& engine, Requests& requests,
                         std::shared_ptr<TailReader> reader, const TailRequest& request,
                         std::function<void()> on_done)
    : engine_(engine),
      requests_(requests),
      reader_(std::move(reader)),
      request_(request),
      on_done_(std::move(on_done)),
      timer_(io),
      ask_until_(std::chrono::steady_clock::now() + leader_within),
      last_sent_(std::chrono::steady_clock::now()),
      next_(request.from) {}

void TailSession::start() {
  if (request_.from < engine_.first_offset()) return fail_dropped(request_.from);
  if (!request_.follow && !request_.local) return ask_leader();
  if (!request_.follow) until_ = engine_.replica().decided_state().next_offset();
  started_ = true;
  advance();
}

// ---- where it ends
void TailSession::ask_leader() {
  auto answered = [this, weak = weak_from_this()](const replication::Answer& answer) {
    if (const auto self = weak.lock()) on_read_index(answer);
  };
  asked_ = requests_.add(Asker{nullptr, 0, std::move(answered)});
  engine_.begin().read(*asked_);
  timer_.expires_at(ask_until_);
  timer_.async_wait([this, weak = weak_from_this()](const std::error_code& error) {
    const auto self = weak.lock();
    if (error || !self || started_ || done_) return;
    fail(refusal(ErrorCode::no_leader, "no leader could be asked within 5 s what is decided",
                 "try again, or read what this member has with \"local\":true"));
  });
}

void TailSession::on_read_index(const replication::Answer& answer) {
  asked_.reset();
  if (done_) return;
  if (const auto* refused = std::get_if<replication::Refused>(&answer)) return on_no_leader(*refused);
  until_ = offset_behind(std::get<replication::ReadDone>(answer).index);
  started_ = true;
  timer_.cancel();
  advance();
}

// Of the first message behind that decided entry. If memory has let it go already: behind all that is decided,
// which is no less.
Offset TailSession::offset_behind(Index index) const {
  const auto known = engine_.cache().offset_of(index + 1);
  return known ? *known : engine_.replica().decided_state().next_offset();
}

void TailSession::on_no_leader(const replication::Refused& refused) {
  const auto now = std::chrono::steady_clock::now();
  const bool final = refused.code == ErrorCode::removed || refused.code == ErrorCode::leaving;
  if (final || now + ask_again_after > ask_until_) return fail(explain(refused, engine_.replica()));
  timer_.expires_after(ask_again_after);
  timer_.async_wait([this, weak = weak_from_this()](const std::error_code& error) {
    const auto self = weak.lock();
    if (error || !self || done_) return;
    ask_leader();
    engine_.finish();
  });
}

// ---- streaming
void TailSession::advance() {
  while (!done_ && started_ && !fetching_ && !is_paused()) {
    const bool limited = request_.limit && next_ - request_.from >= *request_.limit;
    if (limited) return end("limit");
    if (until_ && next_ >= *until_) return end("caught-up");
    if (next_ >= bound() || !send_next()) return;
  }
}

bool TailSession::is_paused() const { return reader_->is_full(); }

Offset TailSession::bound() const {
  auto bound = engine_.replica().decided_state().next_offset();
  if (until_) bound = std::min(bound, *until_);
  if (request_.limit) bound = std::min(bound, plus_limited(request_.from, *request_.limit));
  return bound;
}

bool TailSession::send_next() {
  const auto found = place();
  if (!found) return fetch(), false;
  send(collect(found->first, found->second));
  return true;
}

std::optional<std::pair<Index, Offset>> TailSession::place() const {
  if (const auto found = engine_.cache().bringing(next_)) return found;
  Offset offset = fetched_.offset;
  if (next_ < offset) return {};
  for (std::size_t i = 0; i < fetched_.entries.size(); ++i) {
    const auto count = fetched_.entries[i]->message_count();
    if (next_ < offset + count) return std::pair(fetched_.first + i, offset);
    offset += count;
  }
  return {};
}

EntryPtr TailSession::entry_at(Index index) const {
  if (engine_.cache().has(index)) return engine_.cache().at(index);
  const bool fetched = index >= fetched_.first && index < fetched_.first + fetched_.entries.size();
  return fetched ? fetched_.entries[index - fetched_.first] : nullptr;
}

void TailSession::fetch() {
  // Retention, or a snapshot in the place of the log, has gone past a reader that is slow.
  if (next_ < engine_.first_offset()) return fail_dropped(next_);
  fetching_ = true;
  fetched_ = {};
  const auto end = std::min(engine_.cache().first(), engine_.replica().decided() + 1);
  const auto io = timer_.get_executor();
  auto done = [this, io, weak = weak_from_this()](Result<storage::EntriesFrom> entries) {
    asio::post(io, [this, weak, entries = std::move(entries)]() mutable {
      if (const auto self = weak.lock()) on_fetched(std::move(entries));
    });
  };
  engine_.store().read_messages(next_, end, limits::messages_answer_bytes_max, std::move(done));
}

void TailSession::on_fetched(Result<storage::EntriesFrom> entries) {
  fetching_ = false;
  if (done_) return;
  if (!entries && entries.error().code == storage::LogError::dropped) return fail_dropped(next_);
  if (!entries) {
    const bool is_damaged = entries.error().code == storage::LogError::damaged;
    if (is_damaged && wait_for_repair(entries.error())) return;
    log::error("the log cannot be read: " + entries.error().what);
    return fail_unreadable(entries.error());
  }
  repaired_by_.reset();
  timer_.cancel();
  fetched_ = *std::move(entries);
  advance();
}

// It counts as fetching meanwhile. The time is for each place anew: what is damaged comes in pieces.
bool TailSession::wait_for_repair(const Error& damage) {
  const auto now = std::chrono::steady_clock::now();
  if (engine_.replica().tail_state().members().all().size() < 2) return false;
  if (!repaired_by_) repaired_by_ = now + repaired_within;
  if (now >= *repaired_by_) return false;
  fetching_ = true;
  timer_.expires_at(*repaired_by_);
  timer_.async_wait([this, damage, weak = weak_from_this()](const std::error_code& error) {
    const auto self = weak.lock();
    if (!error && self && !done_ && fetching_) fail_unreadable(damage);
  });
  return true;
}

void TailSession::on_readable() {
  if (!repaired_by_ || !fetching_ || done_) return;
  fetching_ = false;
  advance();
}

void TailSession::fail_unreadable(const Error& error) {
  fail(refusal(ErrorCode::retry, "this member cannot read its log: " + error.what, "ask another member"));
}

// From the entry that brings message next_ on.
Messages TailSession::collect(Index index, Offset entry_offset) const {
  Messages messages;
  messages.offset = next_;
  const auto end = bound();
  std::size_t bytes = 0;
  auto offset = next_;
  for (; offset < end; ++index) {
    const auto entry = entry_at(index);
    if (!entry || messages.count == messages_per_packet_max) break;
    if (entry->message_count() == 0) continue;
    const auto room = std::min<std::uint64_t>(messages_per_packet_max - messages.count, end - offset);
    const auto skip = static_cast<std::uint32_t>(offset - entry_offset);
    auto slice = slice_messages(*entry, skip, static_cast<std::uint32_t>(room),
                                limits::messages_answer_bytes_max - bytes);
    if (messages.count > 0 && bytes + slice.bytes > limits::messages_answer_bytes_max) break;
    bytes += slice.bytes;
    offset += slice.count;
    messages.count += slice.count;
    messages.times_ms.insert(messages.times_ms.end(), slice.count, entry->time_ms);
    std::ranges::move(slice.body, std::back_inserter(messages.body));
    if (skip + slice.count < entry->message_count()) break;
    entry_offset += entry->message_count();
  }
  return messages;
}

void TailSession::send(Messages messages) {
  next_ += messages.count;
  last_sent_ = std::chrono::steady_clock::now();
  if (request_.text) return send_as_text(messages);
  reader_->add(Packet(std::move(messages)));
}

void TailSession::send_as_text(const Messages& messages) {
  auto offset = messages.offset;
  for_each_message(messages.body, [&](std::string_view message) {
    reader_->add(Packet(TextMessage{offset++, std::string(message)}));
  });
}

void TailSession::keep_alive() {
  const bool quiet = std::chrono::steady_clock::now() - last_sent_ >= keep_alive_every;
  if (done_ || !started_ || !request_.follow || request_.text || !quiet || is_paused()) return;
  Messages empty;
  empty.offset = next_;
  empty.next = next_;
  empty.leader = leader_info(engine_.replica());
  send(std::move(empty));
}

// ---- the end
void TailSession::end(const std::string& reason) {
  if (!done_) answer_last(Packet(End{next_, reason}));
}

void TailSession::fail_dropped(Offset offset) {
  const Offset first = engine_.first_offset();
  auto error = refusal(ErrorCode::offset_dropped,
                       "message " + std::to_string(offset) + " is no longer kept here, the first one is " +
                           std::to_string(first),
                       "read from " + std::to_string(first) +
                           " on, or ask a member that keeps more (--retain-bytes, --retain-age)");
  error.first_offset = first;
  fail(error);
}

void TailSession::fail(const ErrorAnswer& error) { answer_last(Packet(error)); }

void TailSession::answer_last(const Packet& packet) {
  abandon();
  reader_->end(packet);
  on_done_();
}

void TailSession::abandon() {
  done_ = true;
  timer_.cancel();
  if (!asked_) return;
  requests_.take(*asked_);
  engine_.begin().forget(*asked_);
  asked_.reset();
}

}  // namespace bellwether::node
