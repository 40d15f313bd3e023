#include "node/relay.hpp"

#include <asio/co_spawn.hpp>
#include <asio/steady_timer.hpp>
#include <exception>
#include <string>
#include <utility>
#include <variant>

#include "client/verdict.hpp"
#include "node/refusals.hpp"
#include "node/story.hpp"

namespace bellwether::node {
namespace {

using client::Verdict;

constexpr std::chrono::milliseconds connect_within{1'000};
constexpr std::chrono::milliseconds answer_within{3'000};
constexpr std::chrono::milliseconds again_after{20};  // an election takes a few heartbeats of 100 ms

// What the caller had better hear at once: it lasts, and nothing was stored.
bool is_worth_telling(ErrorCode code) {
  return code == ErrorCode::busy || code == ErrorCode::disk_full || code == ErrorCode::no_majority;
}

ErrorAnswer unknown_fate() {
  return refusal(ErrorCode::unknown, "it could not be told in time whether this was stored",
                 "sent again it may be stored twice");
}

}  // namespace

Relay::Relay(asio::io_context& io, NodeId self, Engine& engine, Requests& requests)
    : io_(io), self_(self), engine_(engine), requests_(requests) {}

void Relay::append(std::uint32_t count, Bytes messages, Done done) {
  if (waiting_bytes_ + messages.size() > waiting_bytes_max) {
    return done(Packet(explain({ErrorCode::busy, nobody, {}, {}}, engine_.replica())));
  }
  waiting_bytes_ += messages.size();
  auto call = std::make_shared<Call>();
  call->count = count;
  call->messages = std::move(messages);
  call->done = std::move(done);
  call->began = Clock::now();
  waiting_.push_back(std::move(call));
  start_lane();
}

void Relay::on_step() {
  const auto leader = engine_.replica().leader();
  if (!leader || leader == leader_) return;
  leader_ = leader;
  // What waits for the former one would wait until its time is over.
  const auto address = member_info(engine_.replica(), *leader).address;
  for (const LanePointer& lane : lanes_) {
    if (lane->connection && lane->connection->address() != address) lane->connection->close();
  }
}

// ---- lanes

void Relay::start_lane() {
  if (idle_.empty() && lanes_.size() < lanes_max) {
    lanes_.push_back(std::make_shared<Lane>(io_));
    idle_.push_back(lanes_.back());
  }
  if (idle_.empty()) return;
  LanePointer lane = std::move(idle_.back());
  idle_.pop_back();
  asio::co_spawn(
      io_, [this, lane] { return run(lane); },
      [](const std::exception_ptr& error) {
        if (error) std::rethrow_exception(error);
      });
}

asio::awaitable<void> Relay::run(LanePointer lane) {
  while (!waiting_.empty()) {
    CallPointer call = std::move(waiting_.front());
    waiting_.pop_front();
    const std::size_t bytes = call->messages.size();
    co_await carry(lane, std::move(call));
    waiting_bytes_ -= bytes;
  }
  idle_.push_back(std::move(lane));
}

asio::awaitable<void> Relay::carry(LanePointer lane, CallPointer call) {
  bool may_be_stored = false;
  ErrorAnswer last = explain({ErrorCode::no_leader, nobody, {}, {}}, engine_.replica());
  const auto is_over = [&] {
    return Clock::now() - call->began >= (may_be_stored ? give_up_after : leader_within);
  };
  while (!is_over()) {
    const bool registers = lane->producer == no_producer;
    Packet request = next_request(*lane, *call);
    const Attempt attempted = co_await attempt(lane, std::move(request));
    if (!attempted.answer) {
      may_be_stored = may_be_stored || (attempted.may_be_done && !registers);
      co_await pause();
      continue;
    }
    if (const auto* registered = std::get_if<Registered>(&*attempted.answer)) {
      lane->producer = registered->producer;
      lane->last = 0;
      continue;
    }
    if (std::holds_alternative<Appended>(*attempted.answer)) {
      lane->last += 1;
      call->done(*attempted.answer);
      co_return;
    }
    const auto* error = std::get_if<ErrorAnswer>(&*attempted.answer);
    last = error != nullptr ? *error : refusal(ErrorCode::refused, "the leader's answer fits no request");
    const Verdict verdict = client::verdict_on(last.code);
    if (verdict == Verdict::maybe_stored) may_be_stored = may_be_stored || !registers;
    if (verdict == Verdict::forgotten) {
      lane->producer = no_producer;  // what was never stored may go under a new one
      if (may_be_stored) break;
      continue;
    }
    // What this lane was told to be stored is not: it begins anew, as nobody else can help it.
    if (verdict == Verdict::gap) lane->producer = no_producer;
    if (verdict == Verdict::final || verdict == Verdict::gap) break;
    if (is_worth_telling(last.code) && !may_be_stored) break;
    co_await pause();
  }
  // A copy may still be on its way: its number must not be given to another message.
  if (may_be_stored) lane->producer = no_producer;
  call->done(Packet(may_be_stored ? unknown_fate() : std::move(last)));
}

Packet Relay::next_request(const Lane& lane, const Call& call) const {
  if (lane.producer == no_producer) return RegisterRequest{};
  AppendRequest request;
  request.producer = lane.producer;
  request.sequence = lane.last + 1;
  request.count = call.count;
  request.messages = call.messages;
  return request;
}

asio::awaitable<void> Relay::pause() {
  asio::steady_timer timer(io_, again_after);
  co_await timer.async_wait(transport::as_result);
}

// ---- one attempt, at whoever leads now

asio::awaitable<Relay::Attempt> Relay::attempt(LanePointer lane, Packet request) {
  const auto leader = engine_.replica().leader();
  Attempt none;
  if (!leader) {
    const auto why = why_nobody_leads(engine_.replica(), self_);
    none.answer = Packet(refusal(ErrorCode::no_leader, why, "try again soon"));
    co_return none;
  }
  if (*leader == self_) co_return co_await attempt_here(std::move(lane), std::move(request));
  std::string address = member_info(engine_.replica(), *leader).address;
  co_return co_await attempt_at(std::move(lane), std::move(address), std::move(request));
}

asio::awaitable<Relay::Attempt> Relay::attempt_here(LanePointer lane, Packet request) {
  const auto answer = std::make_shared<std::optional<replication::Answer>>();
  Asker asker;
  asker.callback = [lane, answer](const replication::Answer& given) {
    *answer = given;
    lane->wakeup.notify();
  };
  const auto until = Clock::now() + answer_within;
  const auto id = submit(std::move(asker), request);
  Attempt attempted;
  if (!id) {
    attempted.answer = Packet(explain({ErrorCode::busy, nobody, {}, {}}, engine_.replica()));
    co_return attempted;
  }
  const transport::Deadline deadline(io_.get_executor(), answer_within, [lane] { lane->wakeup.notify(); });
  while (!*answer && Clock::now() < until) co_await lane->wakeup.wait();
  attempted.may_be_done = !*answer;
  if (*answer) {
    attempted.answer = packet_for(**answer);
  } else {
    requests_.take(*id);
  }
  co_return attempted;
}

std::optional<replication::RequestId> Relay::submit(Asker asker, const Packet& request) {
  auto& replica = engine_.begin();
  const auto* append = std::get_if<AppendRequest>(&request);
  std::optional<replication::RequestId> id;
  if (append == nullptr) {
    id = requests_.add(std::move(asker));
    replica.register_producer(*id);
  } else if (engine_.takes_append_of(append->messages.size())) {
    asker.asked_at = engine_.step_began();
    id = requests_.add(std::move(asker));
    replica.append(*id, group_of(*append), append->messages);
  }
  engine_.finish();
  return id;
}

Packet Relay::packet_for(const replication::Answer& answer) const {
  if (const auto* done = std::get_if<replication::AppendDone>(&answer))
    return Appended{done->offset, done->count};
  if (const auto* done = std::get_if<replication::RegisterDone>(&answer)) return Registered{done->producer};
  return explain(std::get<replication::Refused>(answer), engine_.replica());
}

asio::awaitable<Relay::Attempt> Relay::attempt_at(LanePointer lane, std::string address, Packet request) {
  Attempt attempted;
  if (lane->connection && lane->connection->address() != address) {
    lane->connection->close();
    lane->connection.reset();
  }
  if (!lane->connection) {
    auto opened = co_await client::MemberConnection::open(std::move(address), connect_within);
    if (!opened) co_return attempted;
    lane->connection = *std::move(opened);
  }
  const auto connection = lane->connection;
  auto answer = co_await connection->ask(std::move(request), answer_within);
  attempted.may_be_done = !answer;
  if (answer) {
    attempted.answer = *std::move(answer);
  } else {
    connection->close();
    lane->connection.reset();
  }
  co_return attempted;
}

}  // namespace bellwether::node
