#include "options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace bellwether::simulation {
namespace {

constexpr int usage_error = 2;
constexpr std::uint64_t nodes_max = 7;
constexpr std::uint64_t fresh_seeds_below = 1'000'000'000;

// For --list, in the order of `enum class Fault`.
constexpr std::array<std::string_view, fault_names.size()> fault_sentences = {
    "a message is lost",
    "a message arrives twice, the second time late",
    "a message is overtaken by later ones",
    "the entries of a message come from the disk, so that it leaves late",
    "a process dies; what its disk had not synced survives in part, or not at all",
    "a process stands still for long and then goes on",
    "links are cut, one way or both, in some pattern",
    "a link is reported down and up again, although it lives",
    "a disk is slow from now on, or well again",
    "a disk finishes nothing for long",
    "a disk has no room for messages, or hardly any, for a while",
    "a wall clock jumps",
    "a node is stopped in good order",
    "a member has another address",
    "a node joins",
    "a member is removed",
    "a leader hands over to another node, or resigns",
    "some decided entries on a disk cannot be read any more, which is found where they are read",
    "a node is killed, and a part of its log cannot be read any more",
    "a node drops a part of its log, up to a checkpoint that it took now or earlier",
    "a node is made a cluster of its own, or gives up its directory and joins one that another node was made",
    "bytes that were durable change while a node is stopped, where nodes have files",
    "a write lands in another place than where it belongs, where nodes have files",
};
static_assert(!fault_sentences.back().empty(), "each kind of fault has its sentence");

class Parser {
 public:
  Parser()
      : app_(
            "Lives of whole clusters of the real core over a simulated network, disks and time, with the "
            "invariants of docs/consensus.md checked after every step.",
            "bellwether-simulate") {
    define_runs();
    define_faults();
    define_output();
    app_.footer(
        "Without --seed or --seeds: fresh seeds, for a minute. The same seed is the same run, bit for bit, "
        "in "
        "every build.\nExit status: 0 everything held, 1 something didn't, 2 usage.");
  }

  ParsedOptions parse(int argc, char** argv) {
    try {
      app_.parse(argc, argv);
      if (lists_) return list();
      return {.options = options(), .exit_status = 0};
    } catch (const CLI::ParseError& error) {
      if (error.get_exit_code() == 0) {
        app_.exit(error);
        return {};
      }
      std::fprintf(stderr, "bellwether-simulate: %s; see --help\n", error.what());
      return {.options = {}, .exit_status = usage_error};
    }
  }

 private:
  void define_runs() {
    auto* seed = app_.add_option("--seed", seed_, "only this run")->type_name("S");
    app_.add_option("--seeds", seeds_, "these runs")->type_name("A-B")->excludes(seed);
    app_.add_option("--minutes", minutes_, "begin no new run after that")->check(CLI::PositiveNumber);
    auto* generator = app_.add_option("--generator", generator_, "one generator of trouble; else all in turn")
                          ->type_name("NAME");
    app_.add_option("--scenario", scenario_, "a fixed situation, or `all` of them")
        ->type_name("NAME")
        ->excludes(generator);
    app_.add_option("--nodes", life_.nodes, "voters that the cluster begins with; else the generator chooses")
        ->check(CLI::Range(std::uint64_t{1}, nodes_max))
        ->excludes("--scenario");
    app_.add_option("--jobs", processes_, "runs side by side; else as many as there are processors")
        ->check(CLI::Range(1, 256));
    app_.add_flag("--list", lists_, "print the generators, scenarios, faults and mutants");
  }

  void define_faults() {
    app_.add_option("--off", off_, "kinds of faults that don't happen")
        ->type_name("KIND,...")
        ->excludes("--scenario");
    app_.add_option("--only", only_, "of the faults that a generator plans, only these")
        ->type_name("N,A-B,...")
        ->excludes("--scenario");
    app_.add_option("--mutant", mutant_, "break a rule around the core, to see that it is noticed")
        ->type_name("NAME");
    app_.add_flag("--outcomes-only", outcomes_only_, "don't look at the disks when messages are sent");
  }

  void define_output() {
    app_.add_flag("--trace", life_.trace, "tell the story of the run")->needs("--seed");
    app_.add_flag("--fingerprints", prints_fingerprints_,
                  "print one number that stands for all that happened")
        ->excludes("--scenario");
    app_.add_flag("--keep-going", keep_going_, "go on after a violation");
    app_.add_flag("--no-shrink", no_shrink_, "don't look for a smaller run that fails as well");
  }

  Options options() {
    Options options;
    options.plan.kinds = kinds();
    options.plan.minutes = minutes_;
    set_seeds(options.plan);
    options.keep_going = keep_going_;
    options.shrinks = !no_shrink_;
    options.prints_fingerprints = prints_fingerprints_;
    options.processes = processes_ != 0 ? processes_ : std::max(1u, std::thread::hardware_concurrency());
    return options;
  }

  Life life() {
    Life life = life_;
    life.strict = !outcomes_only_;
    life.faults.off = checked(faults_from(off_), "--off");
    if (!only_.empty()) life.faults.only = checked(numbers_from(only_), "--only");
    const auto mutant = mutant_from(mutant_);
    if (!mutant) throw CLI::ValidationError("--mutant", "there is no mutant '" + mutant_ + "'; see --list");
    life.mutant = *mutant;
    return life;
  }

  std::vector<Job> kinds() {
    if (life_.trace && scenario_ == "all") {
      throw CLI::ValidationError("--trace",
                                 "tells the story of one run, so name one scenario instead of all");
    }
    const Life life = this->life();
    std::vector<Job> kinds;
    if (!scenario_.empty()) {
      for (const Scenario& scenario : all_scenarios()) {
        const bool wanted = scenario_ == "all" || scenario_ == scenario.name;
        if (wanted && scenario.play != nullptr) kinds.push_back({.scenario = &scenario, .life = life});
      }
    } else {
      for (const Generator& generator : generators) {
        const bool wanted = generator_.empty() || generator_ == generator.name;
        if (wanted) kinds.push_back({.generator = &generator, .life = life});
      }
    }
    if (kinds.empty()) {
      throw CLI::ValidationError(scenario_.empty() ? "--generator" : "--scenario",
                                 "there is none with that name; see --list");
    }
    return kinds;
  }

  void set_seeds(Plan& plan) const {
    if (seed_) {
      plan.seeds = checked(seeds_from(*seed_), "--seed");
      if (plan.seeds.first != plan.seeds.last)
        throw CLI::ValidationError("--seed", "is one; a range is --seeds");
    } else if (seeds_) {
      plan.seeds = checked(seeds_from(*seeds_), "--seeds");
    } else {
      plan.seeds.first = std::random_device()() % fresh_seeds_below;
      plan.seeds.last = plan.seeds.first + fresh_seeds_below;
      if (plan.minutes == 0) plan.minutes = 1;
    }
  }

  template <typename T>
  static T checked(Result<T> result, const char* flag) {
    if (!result) throw CLI::ValidationError(flag, result.error().what);
    return *std::move(result);
  }

  static ParsedOptions list() {
    const auto print = [](const char* kind, std::string_view name, std::string_view what) {
      std::printf("%-10s %-32.*s %.*s\n", kind, static_cast<int>(name.size()), name.data(),
                  static_cast<int>(what.size()), what.data());
    };
    for (const Generator& generator : generators) print("generator", generator.name, generator.what);
    for (const Scenario& scenario : all_scenarios()) {
      const std::string row = scenario.row.empty() ? "" : std::string(scenario.row) + ": ";
      const std::string waits =
          scenario.play != nullptr ? "" : " (waits for " + std::string(scenario.waits_for) + ")";
      print("scenario", scenario.name, row + std::string(scenario.what) + waits);
    }
    for (std::size_t i = 0; i < fault_names.size(); ++i) print("fault", fault_names[i], fault_sentences[i]);
    for (const auto& [name, mutant] : mutant_names) print("mutant", name, "");
    return {};
  }

  CLI::App app_;
  Life life_;
  std::optional<std::string> seed_;
  std::optional<std::string> seeds_;
  double minutes_ = 0;
  std::string generator_;
  std::string scenario_;
  std::string off_;
  std::string only_;
  std::string mutant_ = "none";
  unsigned processes_ = 0;
  bool lists_ = false;
  bool outcomes_only_ = false;
  bool prints_fingerprints_ = false;
  bool keep_going_ = false;
  bool no_shrink_ = false;
};

}  // namespace

ParsedOptions parse_options(int argc, char** argv) { return Parser().parse(argc, argv); }

}  // namespace bellwether::simulation
