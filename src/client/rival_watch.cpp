#include "client/rival_watch.hpp"

#include <utility>
#include <vector>

#include "client/member_connection.hpp"
#include "transport/coroutine.hpp"

namespace bellwether::client {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds ask_within{250};  // then another one is asked

}  // namespace

RivalWatch::RivalWatch(asio::any_io_executor executor, const Members& members, std::string leader,
                       Ballot ballot, std::function<void(const std::string& address)> on_rival)
    : executor_(executor),
      timer_(executor),
      members_(members),
      leader_(std::move(leader)),
      ballot_(ballot),
      on_rival_(std::move(on_rival)) {}

void RivalWatch::start() { transport::spawn(executor_, shared_from_this(), &RivalWatch::run, "RivalWatch"); }

void RivalWatch::stop() {
  stopped_ = true;
  timer_.cancel();
}

asio::awaitable<void> RivalWatch::run() {
  while (!stopped_) {
    timer_.expires_after(suspicious_after);
    co_await timer_.async_wait(transport::as_result);
    if (stopped_) co_return;
    if (!is_suspicious()) continue;
    std::string member = next_other();
    if (member.empty()) continue;
    const bool is_replaced = co_await has_rival_by(std::move(member));
    if (is_replaced) co_return;
  }
}

bool RivalWatch::is_suspicious() const {
  const auto now = steady_clock::now();
  return owes_since_ <= now && now - owes_since_ >= suspicious_after;
}

// Each in turn: one that vanished together with the leader does not answer either.
std::string RivalWatch::next_other() {
  const std::vector<std::string>& all = members_.candidates();
  for (std::size_t tried = 0; tried < all.size(); ++tried) {
    const std::string& member = all[turn_++ % all.size()];
    if (member != leader_) return member;
  }
  return {};
}

asio::awaitable<bool> RivalWatch::has_rival_by(std::string member) {
  Result<MemberConnection::Pointer> connection =
      co_await MemberConnection::open(std::move(member), ask_within);
  if (stopped_ || !connection) co_return false;
  Packet question = LeaderRequest{};
  const Result<Packet> answer = co_await (*connection)->ask(std::move(question), ask_within);
  (*connection)->close();
  if (stopped_ || !answer) co_return false;
  const auto* known = std::get_if<LeaderAnswer>(&*answer);
  if (known == nullptr || !known->leader) co_return false;
  if (known->leader->address == leader_ || known->ballot <= ballot_) co_return false;
  stop();
  on_rival_(known->leader->address);
  co_return true;
}

}  // namespace bellwether::client
