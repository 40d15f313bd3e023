#include "replication/core.hpp"

#include <iterator>
#include <string>

namespace bellwether::replication {

Core::Core(Options chosen, const StableState& stable, Ticks start)
    : options(std::move(chosen)),
      now(start),
      log(stable, journal),
      bully({.self = options.self, .priority = options.priority, .preferred_lag = options.preferred_lag},
            stable.promised()),
      promised(stable.promised()) {}

bool Core::answered_last_round(NodeId member) const {
  const auto silent = silent_rounds.find(member);
  return silent != silent_rounds.end() && silent->second == 0;
}

void Core::count_silence() {
  std::erase_if(silent_rounds, [this](const auto& item) { return !config().has(item.first); });
  std::erase_if(without_room, [this](NodeId id) { return !config().has(id); });
  for (const auto& [id, member] : config().all()) {
    if (id == options.self) continue;
    std::uint64_t& silent = silent_rounds[id];
    silent = bully.has_answered(id) ? 0 : silent + 1;
    if (silent > 0) continue;
    if (bully.replies().at(id).room) {
      without_room.erase(id);
    } else {
      without_room.insert(id);
    }
  }
}

void Core::follow_disk() {
  const std::uint64_t before = journal.stalled_rounds();
  journal.end_round();
  if (journal.stalled_rounds() == stalled_after_rounds) {
    notice("this node's disk has finished no write for " + std::to_string(stalled_after_rounds) +
           " heartbeats: until it does, this node counts for no majority, and leads only if no other can");
  } else if (before >= stalled_after_rounds && journal.stalled_rounds() == 0) {
    notice("this node's disk has finished a write again, after " + std::to_string(before + 1) +
           " heartbeats");
  }
}

void Core::send(NodeId to, Message message) {
  output.messages.push_back({.to = to, .message = std::move(message)});
}

void Core::answer(RequestId request, Answer answer) {
  output.answers.push_back({.request = request, .answer = std::move(answer)});
}

void Core::answer_all(std::vector<ClientAnswer> answers) {
  std::ranges::move(answers, std::back_inserter(output.answers));
}

void Core::refuse(RequestId request, ErrorCode code) {
  Refused refused;
  refused.code = code;
  answer(request, std::move(refused));
}

void Core::become(Role next, Index start) {
  if (role == next && next == Role::follower) return;
  role = next;
  output.role_changes.push_back({.role = next, .ballot = promised, .start = start});
}

void Core::advance(Index upto) {
  for (DecidedEntry& decided : log.advance(upto)) {
    answer_all(waiters.on_decided(decided.index, decided.entry->ballot));
    output.decided.push_back(std::move(decided));
  }
}

void Core::install(SnapshotAssembly::Whole snapshot) {
  log.install(snapshot.base, std::move(snapshot.state));
  answer_all(waiters.on_installed(snapshot.base->index, log.decided_state().producers()));
  output.installed = std::move(snapshot.base);
  output.decided.clear();  // of this step; it stands for them
}

void Core::notice_unreadable(const SnapshotName& name, NodeId from, const Error& error) {
  notice("the snapshot of entry " + std::to_string(name.index) + " that node " +
         std::to_string(number(from)) + " sent is of no use: " + error.what);
}

}  // namespace bellwether::replication
