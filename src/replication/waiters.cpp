#include "replication/waiters.hpp"

#include <limits>
#include <utility>

namespace bellwether::replication {
namespace {

ClientAnswer refusal(RequestId request, ErrorCode code) {
  Refused refused;
  refused.code = code;
  return {.request = request, .answer = std::move(refused)};
}

}  // namespace

void Waiters::add(Index index, Ballot ballot, RequestId request, Answer answer, Ticks now) {
  by_index_[index].push_back(
      {.ballot = ballot, .request = request, .answer = std::move(answer), .since = now});
}

std::vector<ClientAnswer> Waiters::on_decided(Index index, Ballot ballot) {
  std::vector<ClientAnswer> answers;
  auto node = by_index_.extract(index);
  if (node.empty()) return answers;
  answers.reserve(node.mapped().size());
  for (Waiter& waiter : node.mapped()) {
    if (waiter.ballot == ballot) {
      answers.push_back({.request = waiter.request, .answer = std::move(waiter.answer)});
    } else {
      answers.push_back(refusal(waiter.request, ErrorCode::retry));
    }
  }
  return answers;
}

std::vector<ClientAnswer> Waiters::refuse_at(Index index, Ballot ballot, ErrorCode code) {
  std::vector<ClientAnswer> answers;
  const auto at = by_index_.find(index);
  if (at == by_index_.end()) return answers;
  std::erase_if(at->second, [&](const Waiter& waiter) {
    if (waiter.ballot != ballot) return false;
    answers.push_back(refusal(waiter.request, code));
    return true;
  });
  if (at->second.empty()) by_index_.erase(at);
  return answers;
}

std::vector<ClientAnswer> Waiters::refuse_older_than(Ticks time, ErrorCode code) {
  std::vector<ClientAnswer> answers;
  for (auto at = by_index_.begin(); at != by_index_.end();) {
    std::erase_if(at->second, [&](const Waiter& waiter) {
      if (waiter.since >= time) return false;
      answers.push_back(refusal(waiter.request, code));
      return true;
    });
    at = at->second.empty() ? by_index_.erase(at) : std::next(at);
  }
  return answers;
}

std::vector<ClientAnswer> Waiters::refuse_all(ErrorCode code) {
  return refuse_older_than(std::numeric_limits<Ticks>::max(), code);
}

}  // namespace bellwether::replication
