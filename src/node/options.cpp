#include "node/options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <cerrno>
#include <fstream>
#include <map>
#include <numeric>
#include <optional>
#include <sstream>
#include <system_error>
#include <utility>

#include "node/quantity.hpp"
#include "protocol/limits.hpp"
#include "storage/log_store.hpp"

namespace bellwether::node {
namespace {

constexpr int usage_error = 2;
constexpr std::chrono::hours retain_age_max{24 * 365 * 100};
constexpr std::uint64_t retain_bytes_min = storage::LogOptions::usual_segment_bytes;

// As the user gave it, before anything is derived from it.
struct Raw {
  Options options;
  std::vector<std::string> clusterip;
  std::string advertise;
  std::string data_dir;
  std::string retain_bytes;
  std::string retain_age;
  std::string log_format = "text";
  std::string config;
  std::uint32_t join_timeout_s = 3;
  std::uint32_t heartbeat_ms = 100;
  std::uint32_t evict_after_s = 0;
};

struct UsageError {
  std::string text;
};

void define_joining(CLI::App& app, Raw& raw) {
  app.add_option("--myport", raw.options.port, "the port to listen on")
      ->type_name("N")
      ->default_str("8001")
      ->check(CLI::Range(1, 65535));
  app.add_option("--clusterip", raw.clusterip, "any live member to join through; may be given several times")
      ->type_name("HOST:PORT")
      ->default_str("127.0.0.1:8001")
      ->allow_extra_args(false);
  app.add_flag("--makeMasterOnError", raw.options.make_master_on_error,
               "if no member can be reached, start a new cluster with this node as its master");
  app.add_option("--bind", raw.options.bind, "the address to listen on")
      ->type_name("ADDR")
      ->default_str("127.0.0.1");
  app.add_option(
         "--advertise", raw.advertise,
         "the address that others should use; needed with a wildcard --bind (default: the bound address)")
      ->type_name("HOST[:PORT]");
  app.add_option("--join-timeout", raw.join_timeout_s, "how long to try every --clusterip before giving up")
      ->type_name("SECONDS")
      ->default_str("3")
      ->check(CLI::Range(0, 86'400));
}

void define_membership(CLI::App& app, Raw& raw) {
  app.add_option("--data-dir", raw.data_dir, "where the log lives (default: ./bellwether-data/PORT)")
      ->type_name("DIR");
  app.add_option(
         "--retain-bytes", raw.retain_bytes,
         "drop the oldest messages of this node, a segment of 64M at a time, as long as so much of the log "
         "stays: 10G (default: keep all)")
      ->type_name("SIZE");
  app.add_option("--retain-age", raw.retain_age,
                 "drop the segments whose messages are all older than that: 7d (default: keep all)")
      ->type_name("DURATION");
  app.add_option("--priority", raw.options.priority, "the bully order: higher priority first, then higher id")
      ->type_name("N")
      ->default_str("0");
  app.add_option("--heartbeat", raw.heartbeat_ms, "heartbeat period")
      ->type_name("MS")
      ->default_str("100")
      ->check(CLI::Range(10, 60'000));
  app.add_flag("--learner", raw.options.stays_learner, "join without a vote and stay without one");
  app.add_flag(
      "--rejoin", raw.options.rejoin,
      "if this node's directory is damaged, or this node was removed while it was away, set its contents "
      "aside and join as a new member; nothing is changed while all of it is whole and a member's");
  app.add_option("--evict-after", raw.evict_after_s,
                 "as leader, remove a member silent for that long (default: never)")
      ->type_name("SECONDS")
      ->check(CLI::Range(0, 31'536'000));
  app.add_flag("--leave-on-terminate", raw.options.leave_on_terminate,
               "SIGTERM leaves the cluster, as SIGINT does");
}

void define_diagnostics(CLI::App& app, Raw& raw) {
  app.add_flag("--quiet", raw.options.quiet, "do not print messages to stdout");
  app.add_option("--log-level", raw.options.log_level, "diagnostics on stderr")
      ->default_str("info")
      ->type_name("LEVEL")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}));
  app.add_option("--log-format", raw.log_format, "of the diagnostics")
      ->default_str("text")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"text", "json"}));
  app.add_option("--config", raw.config, "a file with a line NAME = VALUE for any of these flags")
      ->type_name("FILE");
  app.set_version_flag("--version", std::string("bellwether-node ") + BELLWETHER_VERSION);
  app.footer(
      "Every flag can also come from the environment (BELLWETHER_MYPORT=8002) or from the --config file\n"
      "(myport = 8002); a flag beats the environment, the environment beats the file.\n\n"
      "  bellwether-node --makeMasterOnError                               first node, port 8001\n"
      "  bellwether-node --myport 8002 --clusterip 127.0.0.1:8001          join through any live member");
}

// ---- what was meant by an unknown flag
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const bool same = std::tolower(a[i]) == std::tolower(b[j]);
      const auto change = diagonal + (same ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({change, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

std::string suggestion(const CLI::App& app, std::string_view name) {
  std::string best;
  std::size_t best_distance = 4;  // farther than that it is no typing error
  for (const auto* option : app.get_options()) {
    for (const auto& candidate : option->get_lnames()) {
      const auto distance = edit_distance(name, candidate);
      if (distance < best_distance) {
        best = candidate;
        best_distance = distance;
      }
    }
  }
  return best.empty() ? "" : " (did you mean --" + best + "?)";
}

std::string unexpected_argument(const CLI::App& app, const std::string& argument) {
  if (!argument.starts_with("--")) return "unexpected argument '" + argument + "'";
  const auto name =
      argument.substr(2, argument.find('=') == argument.npos ? argument.npos : argument.find('=') - 2);
  return "unknown flag --" + name + suggestion(app, name);
}

// ---- the lower sources: each gives a value only where no higher one did
void give(CLI::Option& option, const std::string& name, const std::vector<std::string>& values,
          const std::string& source) try {
  for (const auto& value : values) {
    option.add_result(option.get_expected_min() == 0 ? option.get_flag_value(name, value) : value);
  }
  option.run_callback();
} catch (const CLI::Error& error) {
  throw UsageError{source + ": " + error.what()};
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

void take_environment(CLI::App& app, EnvironmentLookup environment) {
  for (auto* option : app.get_options()) {
    const auto name = option->get_lnames().front();
    if (option->count() > 0 || name == "help" || name == "version") continue;
    std::string variable = "BELLWETHER_" + name;
    for (auto& c : variable) c = c == '-' ? '_' : static_cast<char>(std::toupper(c));
    if (const char* value = environment(variable.c_str())) {
      give(*option, name, name == "clusterip" ? split(value, ',') : std::vector<std::string>{value},
           variable);
    }
  }
}

std::string trimmed(const std::string& text) {
  const auto from = text.find_first_not_of(" \t\r");
  return from == text.npos ? "" : text.substr(from, text.find_last_not_of(" \t\r") - from + 1);
}

struct FileLine {
  std::string name;
  std::string value;
};

std::optional<FileLine> parse_file_line(const std::string& text, const std::string& place) {
  const auto line = trimmed(text);
  if (line.empty() || line.front() == '#') return std::nullopt;
  const auto equals = line.find('=');
  if (equals == line.npos) throw UsageError{place + ": expected NAME = VALUE, found '" + line + "'"};
  return FileLine{trimmed(line.substr(0, equals)), trimmed(line.substr(equals + 1))};
}

std::ifstream open_file(const std::string& path) {
  std::ifstream file(path);
  if (file) file.peek();  // a directory can be opened, but not read
  if (file.is_open() && !file.bad()) return file;
  throw UsageError{"--config " + path + ": cannot be read: " + std::generic_category().message(errno)};
}

void take_file(CLI::App& app, const std::string& path) {
  std::ifstream file = open_file(path);
  struct Given {
    std::vector<std::string> values;
    std::string place;  // of the last line
  };
  std::map<std::string, Given> given;
  int number = 0;
  for (std::string text; std::getline(file, text);) {
    const auto place = path + " line " + std::to_string(++number);
    const auto line = parse_file_line(text, place);
    if (!line) continue;
    const auto* option = app.get_option_no_throw("--" + line->name);
    if (option == nullptr || line->name == "config" || line->name == "help" || line->name == "version") {
      throw UsageError{place + ": unknown name '" + line->name + "'" + suggestion(app, line->name)};
    }
    given[line->name].values.push_back(line->value);
    given[line->name].place = place;
  }
  for (const auto& [name, lines] : given) {
    auto& option = *app.get_option("--" + name);
    if (option.count() == 0) give(option, name, lines.values, lines.place);
  }
}

// ---- from what was given to what it means
Address checked_address(const std::string& flag, const std::string& text, std::optional<std::uint16_t> port) {
  auto address = parse_address(text, port);
  if (!address) throw UsageError{flag + ": " + address.error().what};
  return *std::move(address);
}

void derive_addresses(Raw& raw) {
  auto& options = raw.options;
  if (is_wildcard(options.bind) && raw.advertise.empty()) {
    throw UsageError{"--bind " + options.bind +
                     " listens on every address: --advertise HOST has to say which one others use"};
  }
  const Address bound{options.bind, options.port};
  const auto own =
      raw.advertise.empty() ? bound : checked_address("--advertise", raw.advertise, options.port);
  options.advertise = transport::to_string(own);
  if (options.advertise.size() > limits::address_bytes_max)
    throw UsageError{"--advertise: the address is too long"};
  options.seeds_are_given = !raw.clusterip.empty();
  if (!options.seeds_are_given) raw.clusterip = {"127.0.0.1:8001"};
  for (const auto& text : raw.clusterip) {
    auto seed = checked_address("--clusterip", text, 8001);
    const bool is_own = transport::to_string(seed) == options.advertise ||
                        (seed.port == options.port && is_loopback(seed.host) && is_loopback(own.host));
    if (!is_own) options.seeds.push_back(std::move(seed));
  }
}

void derive_retention(Raw& raw) {
  if (!raw.retain_bytes.empty()) {
    const auto bytes = parse_size(raw.retain_bytes);
    if (!bytes) throw UsageError{"--retain-bytes: " + bytes.error().what};
    if (*bytes < retain_bytes_min) {
      throw UsageError{"--retain-bytes " + raw.retain_bytes +
                       ": at least 64M stay, as the log is dropped in segments of that size"};
    }
    raw.options.retention.bytes = *bytes;
  }
  if (!raw.retain_age.empty()) {
    const auto age = parse_duration(raw.retain_age);
    if (!age) throw UsageError{"--retain-age: " + age.error().what};
    if (age->count() == 0) throw UsageError{"--retain-age " + raw.retain_age + ": nothing would stay"};
    if (*age > retain_age_max) throw UsageError{"--retain-age " + raw.retain_age + " is more than 100 years"};
    raw.options.retention.age_ms =
        static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(*age).count());
  }
}

Options derive(Raw raw) {
  derive_addresses(raw);
  derive_retention(raw);
  auto& options = raw.options;
  options.join_timeout = std::chrono::seconds(raw.join_timeout_s);
  options.heartbeat = std::chrono::milliseconds(raw.heartbeat_ms);
  options.evict_rounds = (std::uint64_t{raw.evict_after_s} * 1000 + raw.heartbeat_ms - 1) / raw.heartbeat_ms;
  options.log_json = raw.log_format == "json";
  options.data_directory = raw.data_dir.empty()
                               ? std::filesystem::path("bellwether-data") / std::to_string(options.port)
                               : std::filesystem::path(raw.data_dir);
  return options;
}

EarlyExit usage(const std::string& text) {
  std::string line = "bellwether-node: " + text + "; see --help\n";
  std::replace(line.begin(), line.end() - 1, '\n', ' ');
  return EarlyExit{usage_error, std::move(line)};
}

}  // namespace

std::variant<Options, EarlyExit> parse_options(const std::vector<std::string>& arguments,
                                               EnvironmentLookup environment) {
  Raw raw;
  CLI::App app(
      "A node of a Bellwether cluster: keeps one durable, ordered log together with the other nodes.",
      "bellwether-node");
  app.allow_extras();
  define_joining(app, raw);
  define_membership(app, raw);
  define_diagnostics(app, raw);
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
    if (const auto extra = app.remaining(); !extra.empty())
      return usage(unexpected_argument(app, extra.front()));
    take_environment(app, environment);
    if (!raw.config.empty()) take_file(app, raw.config);
    return derive(std::move(raw));
  } catch (const CLI::CallForHelp&) {
    return EarlyExit{0, app.help()};
  } catch (const CLI::CallForVersion& version) {
    return EarlyExit{0, std::string(version.what()) + "\n"};
  } catch (const CLI::Error& error) {
    return usage(error.what());
  } catch (const UsageError& error) {
    return usage(error.text);
  }
}

}  // namespace bellwether::node
