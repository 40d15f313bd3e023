#include "options.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "client/group_builder.hpp"
#include "client/members.hpp"

namespace bellwether::ctl {
namespace {

constexpr int usage_error = 2;
constexpr double day_s = 86'400;
constexpr std::uint64_t id_max = (std::uint64_t{1} << 53) - 1;  // as far as JSON numbers are exact

class Parser {
 public:
  Parser() : app_("Looks at a Bellwether cluster and operates it.", "bellwetherctl") {
    app_.require_subcommand(1);
    app_.set_version_flag("--version", std::string("bellwetherctl ") + BELLWETHER_VERSION);
    define_questions();
    define_tail();
    define_append();
    define_administration();
    define_inspect();
    define_recover();
    // Last, since a command inherits what is set before it.
    app_.footer(
        "bellwetherctl COMMAND --help shows the flags of a command. Exit status: 0 done, 1 not done, 2 "
        "usage.");
  }

  ParsedOptions parse(int argc, char** argv) {
    ParsedOptions parsed;
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      const bool asked_for_help = error.get_exit_code() == 0;
      if (asked_for_help) app_.exit(error);
      if (!asked_for_help) std::fprintf(stderr, "bellwetherctl: %s; see --help\n", error.what());
      parsed.exit_status = asked_for_help ? 0 : usage_error;
      return parsed;
    }
    if (options_.members.empty()) options_.members = {"127.0.0.1:8001"};
    options_.timeout = std::chrono::milliseconds(static_cast<std::int64_t>(timeout_s_ * 1000));
    parsed.options = options_;
    return parsed;
  }

 private:
  CLI::App* define(Command command, const std::string& name, const std::string& what) {
    CLI::App* sub = app_.add_subcommand(name, what);
    sub->callback([this, command] { options_.command = command; });
    sub->add_option("--clusterip", options_.members, "any member; may be given several times")
        ->type_name("HOST:PORT")
        ->default_str("127.0.0.1:8001")
        ->envname("BELLWETHER_CLUSTERIP")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(CLI::Validator(client::address_problem, ""));
    sub->add_flag("--json", options_.json, "JSON for programs instead of words");
    sub->add_option("--timeout", timeout_s_, "give up when nothing goes on for so long")
        ->type_name("SECONDS")
        ->capture_default_str()
        ->check(CLI::Range(0.1, day_s));
    return sub;
  }

  void define_questions() {
    define(Command::status, "status", "how the cluster looks from exactly the member that is asked");
    define(Command::members, "members", "who belongs to the cluster");
    define(Command::leader, "leader", "who leads");
  }

  void define_tail() {
    CLI::App* tail =
        define(Command::tail, "tail", "print the messages of the log, each as it is and a newline");
    tail->add_option("--from", options_.from, "the first offset to print")
        ->type_name("OFFSET")
        ->capture_default_str();
    tail->add_option("--limit", options_.limit, "stop after so many messages")->type_name("N");
    tail->add_flag("--follow", options_.follow,
                   "go on with the messages to come, through another member if need be");
    tail->add_flag("--offsets", options_.offsets, "put the offset and a tab before each message");
    tail->add_flag("--local", options_.local,
                   "print only what the asked member has itself, without asking the leader");
  }

  void define_append() {
    CLI::App* append = define(Command::append, "append", "append a message, exactly once");
    append
        ->add_option("MESSAGE", options_.message, "without it, each line of the standard input is a message")
        ->type_name("")
        ->check(CLI::Validator(
            [](const std::string& text) {
              return text.size() <= client::message_bytes_max ? std::string()
                                                              : "the message is longer than 8 MiB";
            },
            ""));
  }

  void define_administration() {
    define_with_id(Command::remove, "remove", "remove a member from the cluster");
    define_with_id(Command::move_leader, "move-leader", "let another member lead");
    define(Command::snapshot, "snapshot",
           "let a member write its state to its disk now, for a shorter next start");
  }

  void define_inspect() {
    CLI::App* inspect =
        app_.add_subcommand("inspect", "look at a stopped node's data directory, without changing it");
    inspect->callback([this] { options_.command = Command::inspect; });
    inspect->add_option("DIR", options_.directory, "the node's --data-dir")->type_name("")->required();
    inspect->add_flag("--verify", options_.verify, "read every record and check it");
    inspect
        ->add_option("--dump", options_.dump,
                     "print the decided messages from one offset up to another, that one not included")
        ->type_name("FROM TO")
        ->expected(2);
    inspect->add_flag("--offsets", options_.offsets, "put the offset and a tab before each message");
    inspect->add_flag("--json", options_.json, "JSON for programs instead of words");
  }

  void define_recover() {
    CLI::App* recover = app_.add_subcommand(
        "recover",
        "the last resort, when a majority of the voters is lost for good: make one stopped node's log "
        "a cluster of its own. Shows first what that node has");
    recover->callback([this] { options_.command = Command::recover; });
    recover->add_option("--data-dir", options_.directory, "the stopped node's --data-dir")
        ->type_name("DIR")
        ->required();
    recover->add_flag("--accept-loss", options_.accept_loss,
                      "do it, although acknowledged messages that this node does not hold are lost");
    recover->add_option("--confirm", options_.confirm, "the word that it asks for at a terminal")
        ->type_name("WORD");
  }

  void define_with_id(Command command, const std::string& name, const std::string& what) {
    define(command, name, what)
        ->add_option("ID", options_.id, "the member's id, as status shows it")
        ->type_name("")
        ->required()
        ->check(CLI::Range(std::uint64_t{1}, id_max));
  }

  CLI::App app_;
  Options options_;
  double timeout_s_ = 10;
};

}  // namespace

ParsedOptions parse_options(int argc, char** argv) { return Parser().parse(argc, argv); }

}  // namespace bellwether::ctl
