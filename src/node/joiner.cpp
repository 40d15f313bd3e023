#include "node/joiner.hpp"

#include <algorithm>
#include <asio/this_coro.hpp>
#include <utility>

#include "node/ask.hpp"
#include "node/log.hpp"
#include "transport/coroutine.hpp"

namespace bellwether::node {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds answer_within{2'000};
constexpr milliseconds ask_again_after{100};
constexpr milliseconds dial_again_after{250};
constexpr milliseconds makes_way_at_least{1'000};
constexpr int quiet_retries_max = 10;  // a join that goes well takes a few

}  // namespace

Joiner::Joiner(asio::io_context& io, Join request, Search search, OnDone on_done)
    : io_(io),
      request_(std::move(request)),
      seeds_(std::move(search.seeds)),
      timeout_(search.timeout),
      impatient_(search.starts_cluster_otherwise),
      on_done_(std::move(on_done)),
      timer_(io) {}

void Joiner::start() {
  if (seeds_.empty()) return finish(Unreached{"no --clusterip names another node"});
  for (const auto& seed : seeds_) {
    auto run = [self = shared_from_this(), seed] { return self->try_through(seed); };
    auto ended = [](const std::exception_ptr& exception) {
      if (exception) transport::report_exception(exception, "joining");
    };
    asio::co_spawn(io_, std::move(run), std::move(ended));
  }
  wait_for_answers(timeout_);
}

void Joiner::wait_for_answers(std::chrono::milliseconds within) {
  timer_.expires_after(within);
  timer_.async_wait([self = shared_from_this()](const std::error_code& error) {
    if (!error) self->give_up();
  });
}

asio::awaitable<void> Joiner::try_through(std::string seed) {
  asio::steady_timer pause(io_);
  auto target = seed;
  while (!done_) {
    Packet request(request_);
    const auto answer = co_await ask(target, std::move(request), answer_within);
    if (done_) break;
    auto step = on_answer(seed, target, answer);
    target = std::move(step.target);
    pause.expires_after(step.after);
    co_await pause.async_wait(transport::as_result);
  }
}

Joiner::Step Joiner::on_answer(const std::string& seed, const std::string& target,
                               const Result<Packet>& answer) {
  if (!answer) return not_reached(seed, answer.error().what);
  if (const auto* error = std::get_if<ErrorAnswer>(&*answer)) return on_error(seed, target, *error);
  if (const auto* joined = std::get_if<Joined>(&*answer)) finish(*joined);
  return not_reached(seed, target + " (it gave an answer that does not belong here)");
}

Joiner::Step Joiner::on_error(const std::string& seed, const std::string& target, const ErrorAnswer& error) {
  switch (error.code) {
    case ErrorCode::not_leader:
      reached_ = true;
      if (!error.leader || error.leader->address == target) return wait_for(seed, error);
      return {error.leader->address, milliseconds(0)};
    case ErrorCode::retry:  // every join is told so at first
      reached_ = true;
      if (++retries_ <= quiet_retries_max) return {target, ask_again_after};
      return wait_for(target, error);
    case ErrorCode::no_leader:
    case ErrorCode::no_majority:
    case ErrorCode::leaving:
    case ErrorCode::unknown:
      reached_ = true;
      return wait_for(seed, error);
    case ErrorCode::busy:  // it is about to start a cluster
      if (impatient_) {    // as this node is: the one with the lesser address does
        is_to_make_way_ = is_to_make_way_ || target < request_.address;
      } else {
        reached_ = true;
      }
      failures_[seed] = target + " (" + error.message + ")";
      return wait_for(seed, error);
    case ErrorCode::refused:
      finish(Refused{target + ": " + error.message});
      return {target, milliseconds(0)};
    default:  // no member of the cluster: this node itself, one that still joins, one removed, one of another
      return not_reached(seed, target + " (" + error.message + ")");
  }
}

Joiner::Step Joiner::wait_for(const std::string& seed, const ErrorAnswer& error) {
  if (std::exchange(waiting_for_, error.message) != error.message) {
    log::info("waiting to join: " + error.message);
  }
  return {seed, ask_again_after};
}

Joiner::Step Joiner::not_reached(const std::string& seed, const std::string& why) {
  failures_[seed] = why;
  return {seed, dial_again_after};
}

void Joiner::give_up() {
  if (done_ || reached_) return;
  if (is_to_make_way_ && !std::exchange(has_made_way_, true))
    return wait_for_answers(std::max(timeout_, makes_way_at_least));
  std::string tried;
  for (const auto& seed : seeds_) {
    if (!tried.empty()) tried += ", ";
    const auto failed = failures_.find(seed);
    tried += failed == failures_.end() ? seed + " (no answer)" : failed->second;
  }
  finish(Unreached{tried});
}

void Joiner::finish(Outcome outcome) {
  if (std::exchange(done_, true)) return;
  timer_.cancel();
  on_done_(std::move(outcome));
}

}  // namespace bellwether::node
