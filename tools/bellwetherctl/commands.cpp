#include "commands.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>
#include <utility>

#include "client/request.hpp"
#include "complete.hpp"
#include "output.hpp"
#include "protocol/plain_json.hpp"
#include "status_view.hpp"

namespace bellwether::ctl {
namespace {

int done(const std::string& text) {
  return write_to_stdout(text) == Written::failed ? not_done("stdout cannot be written") : 0;
}

// Questions go to exactly the members that were named, the first that answers; nobody is redirected.
Result<Packet> ask_any(const Options& options, const Packet& question) {
  Result<Packet> answer = failure(std::errc::invalid_argument, "no member is named");
  for (const std::string& address : options.members) {
    asio::io_context io(1);
    answer = complete(io, client::ask_member(address, question, options.timeout));
    if (answer) return answer;
    if (options.members.size() > 1) std::fprintf(stderr, "bellwetherctl: %s\n", answer.error().what.c_str());
  }
  return answer;
}

template <typename Answer, typename Show>
int ask_and_show(const Options& options, const Packet& question, Show show) {
  const Result<Packet> packet = ask_any(options, question);
  if (!packet) return not_done(packet.error().what);
  const auto* answer = std::get_if<Answer>(&*packet);
  if (answer == nullptr) return not_done("the member gave an answer that fits no such question");
  if (options.json) return done(json_of(*answer));
  return done(show(*answer));
}

int run_status(const Options& options) {
  return ask_and_show<StatusAnswer>(options, StatusRequest(), [](const StatusAnswer& answer) {
    return show_status(answer, stdout_has_colour());
  });
}

int run_members(const Options& options) {
  return ask_and_show<MembersAnswer>(options, MembersRequest(), [](const MembersAnswer& answer) {
    return show_members(answer.members, stdout_has_colour());
  });
}

int run_leader(const Options& options) {
  bool is_known = false;
  const int status = ask_and_show<LeaderAnswer>(options, LeaderRequest(), [&](const LeaderAnswer& answer) {
    is_known = answer.leader.has_value();
    if (!is_known) return std::string();
    return "member " + std::to_string(number(answer.leader->id)) + " leads, at " + answer.leader->address +
           "\n";
  });
  if (status != 0 || is_known || options.json) return status;
  return not_done("nobody leads; bellwetherctl status says more");
}

Result<Packet> ask_the_leader(const Options& options, Packet request) {
  asio::io_context io(1);
  client::Members members(options.members);
  client::LeaderFinder finder(members, std::random_device{}(), nullptr);
  client::Patience patience;
  patience.finish_by = std::chrono::steady_clock::now() + options.timeout;
  return complete(io, client::ask_leader(finder, std::move(request), patience));
}

int show_done(const Options& options, const Result<Packet>& answer, const std::string& success) {
  if (!answer) return not_done(answer.error().what);
  if (!std::holds_alternative<Done>(*answer)) return not_done("the answer fits no such request");
  return done(options.json ? "{\"done\":true}\n" : success + "\n");
}

int administer(const Options& options, Packet request, const std::string& success) {
  return show_done(options, ask_the_leader(options, std::move(request)), success);
}

// A leader without a majority names no leader, itself neither, and yet may remove who is gone (consensus.md G6): so
// the members that were named are asked themselves, before the one that leads is looked for.
bool is_removed_by_a_named_one(const Options& options) {
  return std::ranges::any_of(options.members, [&](const std::string& address) {
    asio::io_context io(1);
    const Packet request = RemoveRequest{NodeId{options.id}};
    const auto answer = complete(io, client::ask_member(address, request, options.timeout));
    return answer && std::holds_alternative<Done>(*answer);
  });
}

// The cluster takes the removal of a stranger for one that is done already; a person has mistyped the id.
int run_remove(const Options& options, const std::string& name) {
  const Result<Packet> answer = ask_any(options, MembersRequest());
  if (!answer) return not_done(answer.error().what);
  const auto* known = std::get_if<MembersAnswer>(&*answer);
  const auto is_meant = [&](const MemberStatus& member) { return number(member.id) == options.id; };
  if (known != nullptr && std::none_of(known->members.begin(), known->members.end(), is_meant)) {
    return not_done("the cluster has no " + name + "; bellwetherctl members shows those it has");
  }
  const std::string success = name + " is removed";
  if (is_removed_by_a_named_one(options)) return show_done(options, Packet(Done()), success);
  return administer(options, RemoveRequest{NodeId{options.id}}, success);
}

}  // namespace

int not_done(const std::string& why) {
  std::fprintf(stderr, "bellwetherctl: %s\n", why.c_str());
  return 1;
}

int run(const Options& options) {
  const std::string member = "member " + std::to_string(options.id);
  switch (options.command) {
    case Command::status:
      return run_status(options);
    case Command::members:
      return run_members(options);
    case Command::leader:
      return run_leader(options);
    case Command::tail:
      return run_tail(options);
    case Command::append:
      return run_append(options);
    case Command::remove:
      return run_remove(options, member);
    case Command::move_leader:
      return administer(options, MoveLeaderRequest{NodeId{options.id}}, member + " leads now");
    case Command::snapshot:
      return show_done(options, ask_any(options, SnapshotRequest()), "the snapshot is on its disk");
    case Command::inspect:
      return run_inspect(options);
    case Command::recover:
      return run_recover(options);
  }
  return 1;
}

}  // namespace bellwether::ctl
