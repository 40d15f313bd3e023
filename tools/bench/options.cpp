#include "options.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>

#include "client/group_builder.hpp"
#include "client/members.hpp"

namespace bellwether::bench {
namespace {

constexpr int usage_error = 2;
constexpr double hour_s = 3600;
constexpr std::uint32_t window_max =
    1024;  // groups of a producer that the cluster remembers (consensus.md P1)
constexpr std::uint32_t nodes_max = 9;

struct Texts {
  double warm_up_s = 1;
  double duration_s = 5;
  bool printing = false;
  OwnCluster own;
};

std::string own_directory() {
  std::error_code unknown;
  return std::filesystem::read_symlink("/proc/self/exe", unknown).parent_path().string();
}

void define_load(CLI::App& app, LoadOptions& load, Texts& texts) {
  app.add_option("--batch", load.batch, "messages in one append")
      ->type_name("N")
      ->capture_default_str()
      ->check(CLI::Range(1U, 1'000'000U));
  app.add_option("--window", load.window, "appends that each connection has under way (closed loop)")
      ->type_name("N")
      ->capture_default_str()
      ->check(CLI::Range(1U, window_max));
  app.add_option("--connections", load.connections, "connections, each a producer of its own")
      ->type_name("N")
      ->capture_default_str()
      ->check(CLI::Range(1U, 10'000U));
  app.add_option("--size", load.message_bytes, "bytes of each message")
      ->type_name("BYTES")
      ->capture_default_str()
      ->check(CLI::Range(std::size_t{0}, client::message_bytes_max));
  app.add_option(
         "--rate", load.rate,
         "open loop: so many messages a second arrive, however slow the answers are. Without it the loop "
         "is closed: an answer is followed by the next append")
      ->type_name("N")
      ->check(CLI::Range(0.001, 1e9));
  app.add_option("--warm-up", texts.warm_up_s, "load before the measured time")
      ->type_name("SECONDS")
      ->capture_default_str()
      ->check(CLI::Range(0.0, hour_s));
  app.add_option("--duration", texts.duration_s, "the measured time")
      ->type_name("SECONDS")
      ->capture_default_str()
      ->check(CLI::Range(0.01, 24 * hour_s));
}

void define_servers(CLI::App& app, Options& options, Texts& texts) {
  auto* members =
      app.add_option("--clusterip", options.members, "any live member; may be given several times")
          ->type_name("HOST:PORT")
          ->default_str("127.0.0.1:8001")
          ->envname("BELLWETHER_CLUSTERIP")
          ->delimiter(',')
          ->allow_extra_args(false)
          ->check(CLI::Validator(client::address_problem, ""));
  auto* pids = app.add_option("--server-pid", options.servers,
                              "a process whose CPU time counts as the servers'; may be given several times")
                   ->type_name("PID")
                   ->delimiter(',')
                   ->allow_extra_args(false)
                   ->check(CLI::PositiveNumber);
  auto* cluster =
      app.add_option("--cluster", texts.own.nodes,
                     "start a cluster of so many nodes on free ports of 127.0.0.1, and leave nothing of it")
          ->type_name("N")
          ->excludes(members)
          ->excludes(pids)
          ->check(CLI::Range(1U, nodes_max));
  app.add_option("--data-dir", texts.own.parent_directory,
                 "where its temporary directory is made: on the disk that is to be measured")
      ->type_name("DIR")
      ->capture_default_str()
      ->needs(cluster)
      ->check(CLI::ExistingDirectory);
  app.add_option("--node", texts.own.program, "its bellwether-node (default: beside this program)")
      ->type_name("PROGRAM")
      ->needs(cluster)
      ->check(CLI::ExistingFile);
  app.add_option("--node-flag", texts.own.node_flags,
                 "a flag for its nodes, as in --node-flag=--heartbeat=50")
      ->type_name("FLAG")
      ->needs(cluster)
      ->allow_extra_args(false);
  app.add_flag("--printing", texts.printing,
               "let its nodes print the messages, to /dev/null; else they get --quiet")
      ->needs(cluster);
}

void describe(CLI::App& app) {
  app.set_version_flag("--version", std::string("bellwether-bench ") + BELLWETHER_VERSION);
  app.footer(
      "Every append belongs to a producer, is stored exactly once, and counts when its answer is there: the\n"
      "messages are on the disks of a majority then. Latency is from the append (closed loop) or the moment "
      "at\n"
      "which the message should have arrived (open loop) to the answer. docs/performance.md says what each\n"
      "figure and each field of the JSON is. Exit status: 0 every message was acknowledged, 1 not every one, "
      "or\n"
      "a node of --cluster has failed, 2 usage, 3 no member could be reached.\n\n"
      "  bellwether-bench --cluster 3                                      one message at a time\n"
      "  bellwether-bench --cluster 3 --connections 4 --window 256         single messages, many under way\n"
      "  bellwether-bench --cluster 3 --connections 4 --window 8 --batch 1000 --json\n"
      "  bellwether-bench --clusterip 127.0.0.1:8001 --rate 20000          20,000 a second, whatever "
      "happens");
}

std::chrono::nanoseconds from_seconds(double seconds) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds));
}

// What only several flags together can get wrong; empty: nothing.
std::string contradiction(const LoadOptions& load) {
  const std::size_t body = load.batch * (client::length_prefix_bytes + load.message_bytes);
  if (body > limits::client_body_bytes_max) return "--batch messages of --size bytes are more than 8 MiB";
  return {};
}

}  // namespace

ParsedOptions parse_options(int argc, char** argv) {
  ParsedOptions parsed;
  Options& options = parsed.options;
  Texts texts;
  texts.own.program = own_directory() + "/bellwether-node";
  texts.own.parent_directory = "/var/tmp";  // unlike /tmp, that is a disk everywhere
  CLI::App app("Puts load on a Bellwether cluster and measures it.", "bellwether-bench");
  define_load(app, options.load, texts);
  define_servers(app, options, texts);
  app.add_flag("--json", options.json, "the result as one line of JSON");
  describe(app);
  try {
    app.parse(argc, argv);
    if (const std::string wrong = contradiction(options.load); !wrong.empty())
      throw CLI::ValidationError(wrong);
  } catch (const CLI::ParseError& error) {
    const bool asked_for_help = error.get_exit_code() == 0;
    if (asked_for_help) app.exit(error);
    if (!asked_for_help) std::fprintf(stderr, "bellwether-bench: %s; see --help\n", error.what());
    parsed.exit_status = asked_for_help ? 0 : usage_error;
    return parsed;
  }
  if (options.members.empty()) options.members = {"127.0.0.1:8001"};
  options.load.warm_up = from_seconds(texts.warm_up_s);
  options.load.duration = from_seconds(texts.duration_s);
  if (!texts.printing) texts.own.node_flags.emplace_back("--quiet");
  if (texts.own.nodes > 0) options.own = texts.own;
  return parsed;
}

}  // namespace bellwether::bench
