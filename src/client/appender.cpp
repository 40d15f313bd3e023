#include "client/appender.hpp"

#include <algorithm>
#include <asio/co_spawn.hpp>
#include <asio/post.hpp>
#include <exception>
#include <utility>
#include <vector>

#include "base/assert.hpp"
#include "client/describe.hpp"
#include "client/verdict.hpp"

namespace bellwether::client {
namespace {

using std::chrono::steady_clock;
using Pause = LeaderFinder::Pause;

constexpr std::size_t remembered_groups = 1024;  // W of consensus.md P1
constexpr std::chrono::milliseconds answer_within_max{30'000};

// The members may all be replaced while their leader stays; a moment later it is gone as well.
constexpr std::chrono::seconds members_asked_every{1};
constexpr std::string_view members_request =
    "\"members\"";  // the id that tells its answer from those to appends

}  // namespace

Appender::Appender(asio::any_io_executor executor, Members members, AppenderOptions options, Events events)
    : executor_(std::move(executor)),
      options_(options),
      events_(std::move(events)),
      members_(std::move(members)),
      finder_(members_, options.seed, events_.on_waiting),
      outbox_({options.groups_max, options.group_bytes_max, options.window_bytes_max}),
      answer_within_(options.answer_within) {
  BELLWETHER_ASSERT(options_.groups_max <= remembered_groups);
}

void Appender::start() {
  asio::co_spawn(
      executor_, [self = shared_from_this()] { return self->run(); },
      [](std::exception_ptr error) {
        if (error) std::rethrow_exception(error);
      });
}

bool Appender::append(std::string_view message) {
  was_full_ = !outbox_.append(message, steady_clock::now());
  if (was_full_) return false;
  flush_soon();
  return true;
}

void Appender::finish() {
  finishing_ = true;
  if (stopped_ || !is_done()) return;
  stop();
  if (events_.on_finished) events_.on_finished();
}

void Appender::stop() {
  stopped_ = true;
  if (rivals_) rivals_->stop();
  if (leader_) leader_->close();
}

// ---- one connection to a leader after the other

asio::awaitable<void> Appender::run() {
  while (!is_done()) {
    const bool reached = co_await reach_leader();
    if (!reached) co_return;
    co_await serve();
    if (stopped_) co_return;
    tidy_up_after_parting();
    // After an acknowledgement the next leader is looked for at once; without one that would be a tight loop.
    if (!progressed_) co_await finder_.pause(parting_->pause);
  }
}

asio::awaitable<bool> Appender::reach_leader() {
  Patience patience;
  if (options_.reach_within) patience.reach_by = steady_clock::now() + *options_.reach_within;
  Result<MemberConnection::Pointer> found = co_await finder_.connect(patience);
  if (stopped_) co_return false;
  if (!found) fail(AppendFailure::Kind::unreachable, std::move(found.error().what));
  if (!found) co_return false;
  leader_ = std::move(*found);
  parting_.reset();
  progressed_ = false;
  co_return true;
}

asio::awaitable<void> Appender::serve() {
  watch_for_rivals();
  if (producer_ == no_producer) co_await register_producer();
  if (parting_ || stopped_) co_return;
  ready_ = true;
  if (last_leader_ != leader_->address() && events_.on_leader) events_.on_leader(leader_->address());
  last_leader_ = leader_->address();
  ask_for_members();
  flush();
  while (!parting_ && !stopped_) {
    const Result<void> more = co_await leader_->receive();
    if (stopped_ || parting_) co_return;
    if (!more) co_return on_broken(more.error());
    take_answers();
  }
}

asio::awaitable<void> Appender::register_producer() {
  Packet request = RegisterRequest{};
  rivals_->owes_answer();
  Result<Packet> answer = co_await leader_->ask(std::move(request), answer_within_);
  if (stopped_ || parting_) co_return;
  rivals_->owes_nothing();
  if (!answer) co_return on_broken(answer.error());
  if (const auto* error = std::get_if<ErrorAnswer>(&*answer)) co_return on_error(*error);
  const auto* registered = std::get_if<Registered>(&*answer);
  if (registered == nullptr) {
    co_return fail(AppendFailure::Kind::refused,
                   leader_->address() + " answers a register with something else");
  }
  producer_ = registered->producer;
}

void Appender::on_broken(const Error& error) {
  if (error.code == std::errc::timed_out) answer_within_ = std::min(2 * answer_within_, answer_within_max);
  finder_.waiting(error.what);
  members_.doubt(leader_->address());
  part(false, Pause::election);
}

void Appender::part(bool stored_nothing, Pause pause) {
  ready_ = false;
  parting_ = Parting{stored_nothing, pause};
}

void Appender::tidy_up_after_parting() {
  rivals_->stop();
  leader_->close();
  if (parting_->stored_nothing) {
    outbox_.window().send_again();
  } else {
    outbox_.window().connection_lost();
  }
}

// ---- groups go out

// All messages of one step of the caller go together, without waiting for more than that.
void Appender::flush_soon() {
  if (flush_posted_) return;
  flush_posted_ = true;
  asio::post(executor_, [self = shared_from_this()] {
    self->flush_posted_ = false;
    self->flush();
  });
}

// While no leader is connected, messages rather gather in one group than fill the window with small ones.
void Appender::flush() {
  if (stopped_ || !ready_) return;
  outbox_.seal();
  const bool was_idle = outbox_.window().in_flight() == 0;
  send_unsent();
  if (was_idle) watch_for_answers();
}

void Appender::send_unsent() {
  while (const PendingGroup* group = outbox_.window().send_next()) {
    AppendRequest request;
    request.producer = producer_;
    request.sequence = group->sequence;
    request.count = group->count;
    request.messages = group->messages;
    leader_->send(std::move(request));
  }
}

void Appender::watch_for_answers() {
  if (outbox_.window().in_flight() > 0) {
    leader_->expect_answer(answer_within_);
    rivals_->owes_answer();
  } else {
    leader_->answered();
    rivals_->owes_nothing();
  }
}

void Appender::watch_for_rivals() {
  rivals_ = std::make_shared<RivalWatch>(executor_, members_, leader_->address(), finder_.leader_ballot(),
                                         [self = weak_from_this()](const std::string& address) {
                                           if (const auto appender = self.lock()) appender->on_rival(address);
                                         });
  rivals_->start();
}

void Appender::on_rival(const std::string& address) {
  if (stopped_ || parting_) return;
  finder_.waiting(leader_->address() + " is silent, and " + address + " leads by now");
  members_.learn_leader(address);
  part(false, Pause::election);
  leader_->close();
}

// ---- answers come in

void Appender::take_answers() {
  while (!parting_ && !stopped_) {
    const std::optional<Result<Tagged>> answer = leader_->take_received();
    if (!answer) break;
    if (!*answer) return on_broken(answer->error());
    on_answer(**answer);
  }
  if (parting_ || stopped_) return;
  flush();
  watch_for_answers();
}

void Appender::on_answer(const Tagged& answer) {
  if (const auto* members = std::get_if<MembersAnswer>(&answer.packet)) return on_members(*members);
  if (answer.id == members_request) return;  // refused: the members known so far have to do
  if (const auto* error = std::get_if<ErrorAnswer>(&answer.packet)) return on_error(*error);
  const auto* appended = std::get_if<Appended>(&answer.packet);
  const Window& window = outbox_.window();
  if (appended != nullptr && window.in_flight() > 0 && appended->count == window.oldest().count) {
    return on_appended(*appended);
  }
  fail(AppendFailure::Kind::refused, leader_->address() + " gave an answer that fits no request");
}

void Appender::ask_for_members() {
  members_asked_at_ = steady_clock::now();
  leader_->send(MembersRequest{}, members_request);
}

void Appender::on_members(const MembersAnswer& answer) {
  std::vector<std::string> addresses;
  for (const MemberStatus& member : answer.members) addresses.push_back(member.address);
  members_.learn_all(addresses);
}

void Appender::on_appended(const Appended& answer) {
  const PendingGroup group = outbox_.window().acknowledge();
  progressed_ = true;
  answer_within_ = options_.answer_within;
  finder_.worked();

  Acknowledgement acknowledgement;
  acknowledgement.first_message = group.first_message;
  acknowledgement.count = group.count;
  acknowledgement.offset = answer.offset;
  const auto now = steady_clock::now();
  acknowledgement.latency = now - group.since;
  if (events_.on_acknowledged) events_.on_acknowledged(acknowledgement);
  if (std::exchange(was_full_, false) && events_.on_room) events_.on_room();
  if (finishing_) return finish();
  if (now - members_asked_at_ >= members_asked_every) ask_for_members();
}

void Appender::on_error(const ErrorAnswer& answer) {
  const Verdict verdict = verdict_on(answer.code);
  const std::string what = describe_refusal(leader_->address(), answer);
  if (verdict == Verdict::final) return fail(AppendFailure::Kind::refused, what);
  finder_.waiting(what);
  if (verdict == Verdict::forgotten) return on_forgotten(answer);
  if (verdict == Verdict::gap) return on_gap(answer);
  if (answer.leader) members_.learn_leader(answer.leader->address);
  if (verdict == Verdict::elsewhere) return part(true, Pause::election);
  progressed_ = false;  // the same member would say the same again at once
  part(verdict == Verdict::later, Pause::trouble);
}

// Only groups behind the oldest can be missed by the leader that acknowledged what is before it.
void Appender::on_gap(const ErrorAnswer& answer) {
  const Window& window = outbox_.window();
  const bool ours = answer.expected && !window.empty() && *answer.expected >= window.oldest().sequence;
  if (ours) return part(true, Pause::election);
  fail(AppendFailure::Kind::refused, describe_refusal(leader_->address(), answer) +
                                         "; but earlier groups were acknowledged: the cluster has lost them");
}

// consensus.md P5. What was never sent before is known not to be stored, and may go under a new producer.
void Appender::on_forgotten(const ErrorAnswer& answer) {
  const bool may_double = outbox_.window().messages_of_unknown_fate() > 0;
  if (may_double && !options_.at_least_once) {
    return fail(AppendFailure::Kind::fate_unknown, describe_refusal(leader_->address(), answer));
  }
  producer_ = no_producer;
  outbox_.window().start_numbering();
  part(true, Pause::trouble);
}

void Appender::fail(AppendFailure::Kind kind, std::string what) {
  const Window& window = outbox_.window();
  AppendFailure failure;
  failure.kind = kind;
  failure.what = std::move(what);
  failure.first_message = outbox_.appended() - outbox_.unacknowledged();
  failure.count = kind == AppendFailure::Kind::fate_unknown ? window.messages_of_unknown_fate()
                                                            : outbox_.unacknowledged();
  stop();
  if (events_.on_failed) events_.on_failed(failure);
}

}  // namespace bellwether::client
