#include "producer/options.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "client/group_builder.hpp"
#include "client/members.hpp"

namespace bellwether::producer {
namespace {

constexpr int usage_error = 2;
constexpr double day_s = 86'400;

struct Seconds {
  double interval = 5;
  double reach_within = 10;
};

void define_cluster(CLI::App& app, Options& options, Seconds& seconds) {
  app.add_option("--clusterip", options.members, "any live member; may be given several times")
      ->type_name("HOST:PORT")
      ->default_str("127.0.0.1:8001")
      ->envname("BELLWETHER_CLUSTERIP")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::Validator(client::address_problem, ""));
  app.add_option("--reach-timeout", seconds.reach_within,
                 "at the start: exit 3 if no member can be reached for so long")
      ->type_name("SECONDS")
      ->capture_default_str()
      ->envname("BELLWETHER_REACH_TIMEOUT")
      ->check(CLI::Range(0.0, day_s));
  app.add_flag("--at-least-once", options.at_least_once,
               "if the cluster has forgotten this producer: send again what may be stored already");
}

void define_messages(CLI::App& app, Options& options, Seconds& seconds) {
  auto* from_stdin =
      app.add_flag("--stdin", options.from_stdin,
                   "each line of the standard input is one message, byte for byte, without its newline");
  app.add_option("--interval", seconds.interval,
                 "between numbered messages; 0: as fast as the cluster takes them")
      ->type_name("SECONDS")
      ->capture_default_str()
      ->envname("BELLWETHER_INTERVAL")
      ->check(CLI::Range(0.0, day_s));
  app.add_option("--count", options.count, "stop after so many messages (default: never)")->type_name("N");
  app.add_option("--size", options.message_bytes, "fill each numbered message up to so many bytes")
      ->type_name("BYTES")
      ->check(CLI::Range(std::size_t{0}, client::message_bytes_max))
      ->excludes(from_stdin);
  app.add_option("--message", options.prefix, "what stands before the number of a numbered message")
      ->type_name("PREFIX")
      ->capture_default_str()
      ->excludes(from_stdin);
}

void define_output(CLI::App& app, Options& options) {
  app.add_flag("--quiet", options.quiet, "say nothing but errors");
  app.add_flag("--json", options.json, "print the summary on stdout, as one line of JSON");
  app.set_version_flag("--version", std::string("bellwether-producer ") + BELLWETHER_VERSION);
  app.footer(
      "Each message is stored exactly once and in order, whoever leads meanwhile. Exit status: 0 every "
      "message was\n"
      "acknowledged, 1 not every one, 2 usage, 3 no member could be reached.\n\n"
      "  bellwether-producer --clusterip 127.0.0.1:8002                  a numbered message every 5 s\n"
      "  bellwether-producer --interval 0 --count 1000000 --size 100     a million, as fast as they are "
      "taken\n"
      "  tail -F app.log | bellwether-producer --stdin                   the lines of a file");
}

std::chrono::nanoseconds from_seconds(double seconds) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds));
}

}  // namespace

ParsedOptions parse_options(int argc, char** argv) {
  ParsedOptions parsed;
  Seconds seconds;
  CLI::App app("Appends messages to a Bellwether cluster, exactly once each.", "bellwether-producer");
  define_cluster(app, parsed.options, seconds);
  define_messages(app, parsed.options, seconds);
  define_output(app, parsed.options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool asked_for_help = error.get_exit_code() == 0;
    if (asked_for_help) app.exit(error);
    if (!asked_for_help) std::fprintf(stderr, "bellwether-producer: %s; see --help\n", error.what());
    parsed.exit_status = asked_for_help ? 0 : usage_error;
    return parsed;
  }
  if (parsed.options.members.empty()) parsed.options.members = {"127.0.0.1:8001"};
  parsed.options.interval = from_seconds(seconds.interval);
  parsed.options.reach_within =
      std::chrono::duration_cast<std::chrono::milliseconds>(from_seconds(seconds.reach_within));
  return parsed;
}

}  // namespace bellwether::producer
