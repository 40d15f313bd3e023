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

void Waiters::add(Index index, Ballot ballot, RequestId request, Answer answer, Ticks now,
                  WaitedGroup group) {
  by_index_[index].push_back(
      {.ballot = ballot, .request = request, .answer = std::move(answer), .since = now, .group = group});
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

std::vector<ClientAnswer> Waiters::on_installed(Index upto, const state::Producers& producers) {
  std::vector<ClientAnswer> answers;
  while (!by_index_.empty() && by_index_.begin()->first <= upto) {
    for (Waiter& waiter : by_index_.begin()->second)
      answers.push_back(by_table(std::move(waiter), producers));
    by_index_.erase(by_index_.begin());
  }
  return answers;
}

// L12. Of all else the entry itself would have to be seen: the same index may have brought the same to another client.
ClientAnswer Waiters::by_table(Waiter waiter, const state::Producers& producers) {
  auto* done = std::get_if<AppendDone>(&waiter.answer);
  const auto [producer, sequence] = waiter.group;
  if (done == nullptr || !producers.knows(producer)) return refusal(waiter.request, ErrorCode::unknown);
  if (sequence > producers.last_sequence(producer)) return refusal(waiter.request, ErrorCode::retry);
  const state::PlacedGroup* placed = producers.find(producer, sequence);
  if (placed == nullptr) {
    *done = {.index = 0, .offset = std::nullopt, .count = done->count};
  } else {
    *done = {.index = placed->index, .offset = placed->offset, .count = placed->count};
  }
  return {.request = waiter.request, .answer = std::move(waiter.answer)};
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
