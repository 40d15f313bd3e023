#include "node/departure.hpp"

#include <asio/co_spawn.hpp>
#include <asio/steady_timer.hpp>
#include <utility>
#include <variant>

#include "node/ask.hpp"
#include "node/log.hpp"
#include "node/refusals.hpp"
#include "transport/coroutine.hpp"

namespace bellwether::node {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds look_again_after{10};
constexpr std::chrono::milliseconds removed_within{1'500};  // one attempt

}  // namespace

Departure::Departure(asio::io_context& io, NodeId self, Engine& engine, Tails& tails, OnDone on_done)
    : io_(io), self_(self), engine_(engine), tails_(tails), on_done_(std::move(on_done)) {}

void Departure::begin(Way way) {
  under_way_ = true;
  auto run_it = [self = shared_from_this(), way] { return self->run(way); };
  auto ended = [](const std::exception_ptr& exception) {
    if (exception) transport::report_exception(exception, "leaving");
  };
  asio::co_spawn(io_, std::move(run_it), std::move(ended));
}

asio::awaitable<void> Departure::run(Way way) {
  engine_.begin().stop_serving();
  engine_.finish();
  tails_.end_all("leaving");
  auto result = Result::stopped;
  if (can_be_missed()) {
    co_await hand_over();
    if (way == Way::leave) {
      const bool left = co_await leave();
      result = left ? Result::left : Result::still_member;
    }
  } else if (way == Way::leave) {
    log::info("the last voter does not leave: it stops, and is the same member when it is started again");
  }
  if (result == Result::still_member)
    log::error("still a member: the leave was not decided: " + last_obstacle_);
  on_done_(result);
}

// ---- leadership
asio::awaitable<void> Departure::hand_over() {
  const auto deadline = Clock::now() + hand_over_within;
  if (!leads()) co_return;
  log::info("handing leadership over");
  while (!somebody_else_leads() && !engine_.replica().is_suspended() && Clock::now() < deadline) {
    if (leads() && !engine_.replica().is_handing_over()) engine_.begin().resign();
    engine_.finish();
    co_await pause();
  }
}

bool Departure::leads() const { return engine_.replica().role() == replication::Role::leader; }

bool Departure::somebody_else_leads() const {
  const auto leader = engine_.replica().leader();
  return leader && *leader != self_;
}

// ---- membership
bool Departure::can_be_missed() const {
  const auto& members = engine_.replica().tail_state().members();
  return !members.is_voter(self_) || members.voters().size() > 1;
}

asio::awaitable<bool> Departure::leave() {
  const auto deadline = Clock::now() + leave_within;
  while (Clock::now() < deadline) {
    if (engine_.replica().is_removed()) co_return true;
    if (somebody_else_leads()) {
      const bool removed = co_await ask_to_be_removed();
      if (removed) co_return true;
    } else if (leads()) {
      if (!engine_.replica().is_handing_over()) engine_.begin().resign();
      engine_.finish();
    }
    co_await pause();
  }
  co_return engine_.replica().is_removed();
}

asio::awaitable<bool> Departure::ask_to_be_removed() {
  const auto leader = member_info(engine_.replica(), *engine_.replica().leader());
  Packet request(RemoveRequest{self_});
  const auto answer = co_await ask(leader.address, std::move(request), removed_within);
  if (!answer) {
    last_obstacle_ = answer.error().what;
    co_return false;
  }
  if (const auto* error = std::get_if<ErrorAnswer>(&*answer)) {
    last_obstacle_ = error->message;
    co_return false;
  }
  co_return std::holds_alternative<Done>(*answer);
}

asio::awaitable<void> Departure::pause() {
  asio::steady_timer timer(io_);
  timer.expires_after(look_again_after);
  co_await timer.async_wait(transport::as_result);
}

}  // namespace bellwether::node
