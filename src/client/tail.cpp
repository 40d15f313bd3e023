#include "client/tail.hpp"

#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <utility>

#include "client/describe.hpp"
#include "client/verdict.hpp"
#include "transport/coroutine.hpp"

namespace bellwether::client {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds connect_within{1000};
// A member says something every 5 s, and `no-leader` after 5 s; twice that, and a little, is silence.
constexpr milliseconds silence_max{11'000};
constexpr Backoff::Range waits{milliseconds(20), milliseconds(1000)};

}  // namespace

Tail::Tail(Members members, TailOptions options, std::uint64_t seed, Events events)
    : members_(std::move(members)),
      options_(options),
      events_(std::move(events)),
      backoff_(waits, seed),
      next_(options.from) {}

asio::awaitable<Result<Offset>> Tail::run(milliseconds patience) {
  last_progress_ = steady_clock::now();
  for (;;) {
    const std::vector<std::string> candidates = members_.candidates();
    for (const std::string& address : candidates) {
      const auto progress_before = last_progress_;
      const Result<Step> step = co_await read_from(address);
      if (!step) co_return tl::unexpected(step.error());
      if (*step == Step::finished) co_return next_;
      if (last_progress_ != progress_before) break;  // others may be known now, and this one may be back
    }
    if (steady_clock::now() - last_progress_ > patience) co_return failure(std::errc::timed_out, reason_);
    auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor, backoff_.next());
    co_await timer.async_wait(transport::as_result);
  }
}

asio::awaitable<Result<Tail::Step>> Tail::read_from(std::string address) {
  Result<MemberConnection::Pointer> member = co_await MemberConnection::open(address, connect_within);
  if (!member) co_return go_on_elsewhere(address, member.error().what);
  Result<Step> step = co_await read_stream(*member);
  (*member)->close();
  co_return step;
}

asio::awaitable<Result<Tail::Step>> Tail::read_stream(MemberConnection::Pointer member) {
  ask(*member);
  for (;;) {
    member->expect_answer(silence_max);
    const Result<void> more = co_await member->receive();
    if (!more) co_return go_on_elsewhere(member->address(), more.error().what);
    while (std::optional<Result<Tagged>> packet = member->take_received()) {
      if (!*packet) co_return go_on_elsewhere(member->address(), packet->error().what);
      const Result<std::optional<Step>> step = on_packet(*member, (*packet)->packet);
      if (!step) co_return tl::unexpected(step.error());
      if (*step) co_return **step;
    }
  }
}

void Tail::ask(MemberConnection& member) const {
  if (!options_.local) member.send(MembersRequest{});
  TailRequest request;
  request.from = next_;
  if (options_.limit) request.limit = *options_.limit - (next_ - options_.from);
  request.follow = options_.follow;
  request.local = options_.local;
  member.send(std::move(request));
}

Result<std::optional<Tail::Step>> Tail::on_packet(const MemberConnection& member, const Packet& packet) {
  if (const auto* messages = std::get_if<Messages>(&packet)) return on_messages(member, *messages);
  if (const auto* end = std::get_if<End>(&packet)) return on_end(member, *end);
  if (const auto* error = std::get_if<ErrorAnswer>(&packet)) return on_error(member, *error);
  if (const auto* answer = std::get_if<MembersAnswer>(&packet)) {
    for (const MemberStatus& known : answer->members) members_.learn(known.address);
  }
  return std::nullopt;
}

Result<std::optional<Tail::Step>> Tail::on_messages(const MemberConnection& member,
                                                    const Messages& messages) {
  last_progress_ = steady_clock::now();
  backoff_.reset();
  reason_.clear();
  if (messages.count == 0) return std::nullopt;
  if (messages.offset != next_) {
    return failure(std::errc::protocol_error, member.address() + " sent offset " +
                                                  std::to_string(messages.offset) + " where " +
                                                  std::to_string(next_) + " comes next");
  }
  next_ += messages.count;
  const bool wants_more = events_.on_messages(messages);
  const bool is_limit_reached = options_.limit && next_ - options_.from >= *options_.limit;
  if (!wants_more || is_limit_reached) return Step::finished;
  return std::nullopt;
}

Result<std::optional<Tail::Step>> Tail::on_end(const MemberConnection& member, const End& end) {
  if (end.reason == "caught-up" || end.reason == "limit") return Step::finished;
  return go_on_elsewhere(member.address(), member.address() + " ended the stream: " + end.reason);
}

Result<std::optional<Tail::Step>> Tail::on_error(const MemberConnection& member, const ErrorAnswer& answer) {
  if (answer.code == ErrorCode::offset_dropped && answer.first_offset) {
    const std::string first = std::to_string(*answer.first_offset);
    return failure(std::errc::result_out_of_range,
                   "offset " + std::to_string(next_) + " is no longer kept; the log begins at " + first +
                       " at " + member.address() +
                       ": read it from there on, or ask a member that keeps more");
  }
  if (verdict_on(answer.code) == Verdict::final) return refusal(member.address(), answer);
  return go_on_elsewhere(member.address(), describe_refusal(member.address(), answer));
}

Tail::Step Tail::go_on_elsewhere(const std::string& address, const std::string& reason) {
  members_.doubt(address);
  if (reason != reason_ && events_.on_waiting) events_.on_waiting(reason);
  reason_ = reason;
  return Step::again;
}

}  // namespace bellwether::client
