#include "client/request.hpp"

#include <algorithm>
#include <utility>

#include "client/describe.hpp"
#include "client/verdict.hpp"

namespace bellwether::client {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// A leader answers within 10 s, with `unknown` if need be (consensus.md L12).
constexpr milliseconds answer_within_max{11'000};
// Who was not answered in so short a time tells less than what the leader said before.
constexpr milliseconds too_short_to_tell{200};

milliseconds time_left(const Patience& patience) {
  if (!patience.finish_by) return answer_within_max;
  const auto left = std::chrono::duration_cast<milliseconds>(*patience.finish_by - steady_clock::now());
  return std::clamp(left, milliseconds(1), answer_within_max);
}

bool is_over(const Patience& patience) {
  return patience.finish_by && steady_clock::now() >= *patience.finish_by;
}

}  // namespace

asio::awaitable<Result<Packet>> ask_leader(LeaderFinder& finder, Packet request, Patience patience) {
  std::string why;
  for (;;) {
    Result<MemberConnection::Pointer> leader = co_await finder.connect(patience);
    if (!leader) co_return tl::unexpected(std::move(leader.error()));
    Packet attempt = request;
    const milliseconds within = time_left(patience);
    Result<Packet> answer = co_await (*leader)->ask(std::move(attempt), within);
    if (const auto* error = answer ? std::get_if<ErrorAnswer>(&*answer) : nullptr) {
      if (verdict_on(error->code) == Verdict::final) co_return refusal((*leader)->address(), *error);
      why = describe_refusal((*leader)->address(), *error);
    } else if (answer) {
      co_return answer;
    } else if (why.empty() || within >= too_short_to_tell) {
      why = answer.error().what;
    }
    finder.waiting(why);
    if (is_over(patience)) co_return failure(std::errc::timed_out, std::move(why));
    co_await finder.pause(LeaderFinder::Pause::election);
  }
}

asio::awaitable<Result<Packet>> ask_member(std::string address, Packet request,
                                           std::chrono::milliseconds within) {
  Result<MemberConnection::Pointer> member = co_await MemberConnection::open(address, within);
  if (!member) co_return tl::unexpected(std::move(member.error()));
  Result<Packet> answer = co_await (*member)->ask(std::move(request), within);
  if (!answer) co_return answer;
  if (const auto* error = std::get_if<ErrorAnswer>(&*answer)) co_return refusal(address, *error);
  co_return answer;
}

}  // namespace bellwether::client
