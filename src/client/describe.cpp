#include "client/describe.hpp"

#include <vector>

namespace bellwether::client {
namespace {

std::string named(NodeId id, const std::string& address) {
  return std::to_string(number(id)) + " (" + address + ")";
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::string missing_votes(std::uint64_t needed, std::uint64_t answering,
                          const std::vector<std::string>& missing) {
  std::string text = "no majority: " + std::to_string(needed) +
                     (needed == 1 ? " vote is needed and " : " votes are needed and ") +
                     std::to_string(answering) + (answering == 1 ? " answers" : " answer");
  if (!missing.empty()) text += "; missing: " + joined(missing);
  return text;
}

}  // namespace

std::string describe(const ErrorAnswer& answer) {
  std::string text = answer.message.empty() ? std::string(to_string(answer.code)) : answer.message;
  if (answer.code == ErrorCode::no_majority && answer.needed && answer.answering) {
    std::vector<std::string> missing;
    for (const LeaderInfo& member : answer.missing) missing.push_back(named(member.id, member.address));
    text = missing_votes(*answer.needed, *answer.answering, missing);
  }
  if (!answer.hint.empty()) text += " (" + answer.hint + ")";
  return text;
}

std::string describe_refusal(const std::string& address, const ErrorAnswer& answer) {
  return address + " answers " + std::string(to_string(answer.code)) + ": " + describe(answer);
}

tl::unexpected<Error> refusal(const std::string& address, const ErrorAnswer& answer) {
  return failure(std::errc::operation_not_permitted, describe_refusal(address, answer));
}

std::string describe_no_leader(const StatusAnswer& status) {
  if (!status.no_leader.empty()) return status.no_leader;
  std::uint64_t votes = 0;
  std::uint64_t answering = 0;
  std::vector<std::string> missing;
  for (const MemberStatus& member : status.members) {
    if (!member.vote) continue;
    votes += 1;
    if (member.reachable || member.id == status.id) {
      answering += 1;
    } else {
      missing.push_back(named(member.id, member.address));
    }
  }
  const std::uint64_t needed = votes / 2 + 1;
  if (answering < needed) return missing_votes(needed, answering, missing);
  return "an election is going on";
}

}  // namespace bellwether::client
