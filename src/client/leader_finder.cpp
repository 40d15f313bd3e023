#include "client/leader_finder.hpp"

#include <algorithm>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <utility>

#include "client/describe.hpp"
#include "transport/coroutine.hpp"

namespace bellwether::client {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds connect_within{1000};
constexpr milliseconds answer_within{1000};
// An election takes a few heartbeats of 100 ms, and asking costs little: so much can a client lose by
// waiting.
constexpr Backoff::Range election_range{milliseconds(10), milliseconds(100)};
constexpr Backoff::Range absence_range{milliseconds(20), milliseconds(1000)};
constexpr int redirects_max = 3;  // within one round; members that point at each other get a pause between

}  // namespace

LeaderFinder::LeaderFinder(Members& members, std::uint64_t seed,
                           std::function<void(const std::string&)> on_waiting)
    : members_(members),
      election_(election_range, seed),
      absence_(absence_range, seed),
      on_waiting_(std::move(on_waiting)) {}

asio::awaitable<Result<MemberConnection::Pointer>> LeaderFinder::connect(Patience patience) {
  for (;;) {
    MemberConnection::Pointer leader = co_await ask_round();
    if (leader) co_return leader;  // which may refuse, for the same reason again
    if (auto error = impatience(patience)) co_return tl::unexpected(std::move(*error));
    waiting(why_);
    co_await pause(answered_ ? Pause::election : Pause::trouble);
  }
}

asio::awaitable<void> LeaderFinder::pause(Pause kind) {
  auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, wait_for(kind));
  co_await timer.async_wait(transport::as_result);
}

milliseconds LeaderFinder::wait_for(Pause kind) {
  return kind == Pause::election ? election_.next() : absence_.next();
}

void LeaderFinder::worked() {
  election_.reset();
  absence_.reset();
  reason_.clear();
}

void LeaderFinder::waiting(const std::string& reason) {
  if (reason == reason_) return;
  reason_ = reason;
  if (on_waiting_) on_waiting_(reason);
}

asio::awaitable<MemberConnection::Pointer> LeaderFinder::ask_round() {
  answered_ = false;
  failed_.clear();
  const std::vector<std::string> candidates = members_.candidates();
  for (const std::string& address : candidates) {
    MemberConnection::Pointer leader = co_await follow(address);
    if (leader) co_return leader;
  }
  co_return nullptr;
}

// From one member along its hints to the one that says itself that it leads.
asio::awaitable<MemberConnection::Pointer> LeaderFinder::follow(std::string address) {
  for (int redirects = 0; redirects <= redirects_max; ++redirects) {
    // Several followers may still name the same dead leader: it is tried once a round.
    if (std::find(failed_.begin(), failed_.end(), address) != failed_.end()) co_return nullptr;
    Result<MemberConnection::Pointer> member = co_await MemberConnection::open(address, connect_within);
    if (!member) {
      note_failure(address, member.error());
      co_return nullptr;
    }
    Packet question = LeaderRequest{};
    Result<Packet> answer = co_await (*member)->ask(std::move(question), answer_within);
    if (!answer) {
      note_failure(address, answer.error());
      co_return nullptr;
    }
    reached_ = true;
    answered_ = true;
    if (const auto* refused = std::get_if<ErrorAnswer>(&*answer)) {
      why_ = address + ": " + describe(*refused);
      co_return nullptr;
    }
    const auto* known = std::get_if<LeaderAnswer>(&*answer);
    if (known == nullptr || !known->leader) {
      co_await ask_why(*member);
      co_return nullptr;
    }
    const std::string leader = known->leader->address;
    members_.learn_leader(leader);
    if (leader == address) {
      ballot_ = known->ballot;
      co_return *member;
    }
    why_ = leader + " should lead, but does not say so itself";
    address = leader;
  }
  co_return nullptr;
}

asio::awaitable<void> LeaderFinder::ask_why(MemberConnection::Pointer member) {
  Packet question = StatusRequest{};
  Result<Packet> answer = co_await member->ask(std::move(question), answer_within);
  why_ = "no leader yet";
  if (!answer) co_return;
  const auto* status = std::get_if<StatusAnswer>(&*answer);
  if (status == nullptr) co_return;
  for (const MemberStatus& known : status->members) members_.learn(known.address);
  why_ += ": " + describe_no_leader(*status);
}

std::optional<Error> LeaderFinder::impatience(const Patience& patience) const {
  const auto now = std::chrono::steady_clock::now();
  const bool unreached = !reached_ && patience.reach_by && now >= *patience.reach_by;
  const bool over = patience.finish_by && now >= *patience.finish_by;
  if (!unreached && !over) return std::nullopt;
  std::string tried;
  for (const std::string& address : members_.candidates()) tried += (tried.empty() ? "" : ", ") + address;
  const std::string head = reached_ ? "no leader was found through " : "no member can be reached at ";
  return Error{std::make_error_code(std::errc::timed_out), head + tried + "; last: " + why_};
}

void LeaderFinder::note_failure(const std::string& address, const Error& error) {
  failed_.push_back(address);
  members_.doubt(address);
  if (!answered_) why_ = error.what;
}

}  // namespace bellwether::client
