#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <string>

#include "base/random_name.hpp"
#include "base/wall_clock.hpp"
#include "commands.hpp"
#include "output.hpp"
#include "storage/data_directory.hpp"
#include "storage/forced_reset.hpp"

namespace bellwether::ctl {
namespace {

using storage::Survivor;

constexpr std::size_t word_digits = 8;

std::string word_of(const Survivor& survivor) { return survivor.identity.cluster.substr(0, word_digits); }

std::string member_line(NodeId id, const state::Member& member, NodeId self) {
  return "  node " + std::to_string(number(id)) + "  " + member.address +
         (member.votes ? "  votes" : "  learner") + (id == self ? "  (this one)" : "") + "\n";
}

std::string messages_line(const Survivor& survivor) {
  if (survivor.first_offset == survivor.next_offset) return "messages: none\n";
  std::string text = "messages: " + std::to_string(survivor.first_offset) + " to " +
                     std::to_string(survivor.next_offset - 1);
  if (survivor.decided_offset < survivor.next_offset) {
    text += "; of those from " + std::to_string(survivor.decided_offset) +
            " on it does not know whether they were acknowledged: they stay";
  }
  return text + "\n";
}

std::string what_is_there(const Survivor& survivor, const std::filesystem::path& directory) {
  const auto& end = survivor.end;
  std::string text = directory.string() + " is the directory of node " +
                     std::to_string(number(survivor.identity.id)) + " of cluster " +
                     survivor.identity.cluster + "\n";
  if (survivor.is_begun) {
    return text + "a recovery of it was cut short: its log goes on as that of cluster " +
           survivor.reset.cluster + " already. This finishes it\n";
  }
  text += "its log ends with entry " + std::to_string(end.index) + " of ballot round " +
          std::to_string(end.ballot.round) + "; it knows entries up to " + std::to_string(survivor.decided) +
          " as decided\n" + messages_line(survivor);
  if (!survivor.damage.empty()) text += "damage: " + survivor.damage + "; what it took is lost as well\n";
  text += "members, as its log has them:\n";
  for (const auto& [id, member] : survivor.members.all())
    text += member_line(id, member, survivor.identity.id);
  return text;
}

constexpr const char* what_it_means =
    "\nThis makes the node the only member of a new cluster that goes on with its log.\n"
    "What may be missing: every message that was acknowledged and that this node does not hold is lost for "
    "the\n"
    "new cluster. Nobody can tell from this directory whether there is any, and how many.\n"
    "Do it only if a majority of the voters above is lost for good, and on one node alone: of several "
    "survivors\n"
    "the one whose log ends with the greater round has the most, then the one with the greater entry\n"
    "(this command, without --accept-loss, shows both). As long as a leader is there, no node has to be\n"
    "recovered: bellwetherctl remove ID is the way to be rid of a dead member.\n"
    "All other members are refused from then on, and say so; each can join anew with --rejoin, which keeps "
    "what\n"
    "is in its directory aside, where bellwetherctl inspect still shows it.\n";

// A person at the terminal types it, a script gives it by a flag.
bool is_confirmed(const Options& options, const std::string& word) {
  if (options.confirm) return *options.confirm == word;
  std::fprintf(stderr, "Type %s, the beginning of the old cluster's name, to do it: ", word.c_str());
  std::string typed;
  std::getline(std::cin, typed);
  return typed == word;
}

std::string what_was_done(const Survivor& survivor) {
  const std::string id = std::to_string(number(survivor.identity.id));
  return "\nnode " + id + " is the only member of the new cluster " + survivor.reset.cluster +
         " now. Start it as before; then the others with --rejoin and --clusterip " + survivor.reset.address +
         "\n";
}

int carry_out(storage::DataDirectory& directory, const Survivor& survivor) {
  const auto done = storage::force_reset(directory, survivor, random_name(), wall_clock_ms());
  if (!done) {
    return not_done(
        done.error().what +
        "; the recovery may have begun: run the same command again, or, if the node still starts, "
        "nothing has changed");
  }
  return write_to_stdout(what_was_done(survivor)) == Written::failed ? not_done("stdout cannot be written")
                                                                     : 0;
}

}  // namespace

int run_recover(const Options& options) {
  const std::filesystem::path path = options.directory;
  std::error_code error;
  if (!std::filesystem::is_directory(path / "log", error))
    return not_done(path.string() + " is no data directory of a node: it has no directory named log");
  auto directory = storage::DataDirectory::open(path);
  if (!directory) return not_done(directory.error().what);
  const auto survivor = storage::examine_survivor(*directory, random_name());
  if (!survivor) return not_done(survivor.error().what + ". Nothing was changed");
  if (write_to_stdout(what_is_there(*survivor, path) + what_it_means) == Written::failed)
    return not_done("stdout cannot be written; nothing was changed");
  if (!options.accept_loss) return not_done("nothing was changed: --accept-loss is needed to do it");
  const std::string word = word_of(*survivor);
  if (!options.confirm && ::isatty(STDIN_FILENO) != 1)
    return not_done("nothing was changed: without a terminal it has to be confirmed by --confirm " + word);
  if (!is_confirmed(options, word)) return not_done("nothing was changed: the word would have been " + word);
  return carry_out(*directory, *survivor);
}

}  // namespace bellwether::ctl
