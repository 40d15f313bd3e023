// bellwether-core-fuzz: runs random campaigns until the seeds or the minutes are over, and prints totals.
//   --generator NAME   trio, duel, quad, campaign, penta; without it all five in turn
//   --seeds A-B        default 1-1000
//   --minutes N        stop starting new runs after that; default: no limit
//   --mutant NAME      with a deliberate fault, see mutants.hpp
//   --outcomes-only    don't look at disks when messages are sent
//   --keep-going       report violations and go on
//   --trace            print every message that arrives
// Exit status: 0 all held, 1 a violation, 2 usage.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "campaigns/campaigns.hpp"
#include "running.hpp"
#include "violation.hpp"

namespace {

using namespace bellwether::simulation;
using Clock = std::chrono::steady_clock;

struct Arguments {
  std::string generator;
  std::uint64_t first = 1;
  std::uint64_t last = 1000;
  double minutes = 0;  // 0: no limit
  Mutant mutant = Mutant::none;
  bool strict = true;
  bool keep_going = false;
  bool trace = false;
};

struct Sum {
  Totals totals;
  std::uint64_t runs = 0, events = 0, violations = 0;
  Ticks simulated = 0;
};

bool read_seeds(const std::string& text, Arguments& arguments) {
  const auto dash = text.find('-');
  char* end = nullptr;
  arguments.first = std::strtoull(text.c_str(), &end, 10);
  if (end == text.c_str()) return false;
  arguments.last =
      dash == std::string::npos ? arguments.first : std::strtoull(text.c_str() + dash + 1, &end, 10);
  return *end == '\0' && arguments.first <= arguments.last;
}

bool is_generator(const std::string& name) {
  for (const auto& generator : generators) {
    if (generator.name == name) return true;
  }
  return false;
}

bool read_valued(const std::string& flag, const std::string& value, Arguments& arguments) {
  if (flag == "--generator") {
    arguments.generator = value;
    return is_generator(value);
  }
  if (flag == "--seeds") return read_seeds(value, arguments);
  if (flag == "--minutes") {
    arguments.minutes = std::atof(value.c_str());
    return arguments.minutes > 0;
  }
  if (flag != "--mutant") return false;
  const auto mutant = mutant_from(value);
  arguments.mutant = mutant.value_or(Mutant::none);
  return mutant.has_value();
}

std::optional<Arguments> read_arguments(const std::vector<std::string>& words) {
  Arguments arguments;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--outcomes-only") {
      arguments.strict = false;
    } else if (words[i] == "--keep-going") {
      arguments.keep_going = true;
    } else if (words[i] == "--trace") {
      arguments.trace = true;
    } else if (i + 1 == words.size() || !read_valued(words[i], words[i + 1], arguments)) {
      return std::nullopt;
    } else {
      ++i;
    }
  }
  return arguments;
}

const Generator& generator_of(const Arguments& arguments, std::uint64_t seed) {
  for (const auto& generator : generators) {
    if (generator.name == arguments.generator) return generator;
  }
  return generators[seed % std::size(generators)];
}

void run_one(const Arguments& arguments, std::uint64_t seed, Sum& sum) {
  const Generator& generator = generator_of(arguments, seed);
  const std::string command = replay_command(generator.name, seed, name_of(arguments.mutant));
  now_running(command);
  ++sum.runs;
  try {
    const Outcome outcome = generator.run(
        {.seed = seed, .mutant = arguments.mutant, .strict = arguments.strict, .trace = arguments.trace});
    sum.totals += outcome.totals;
    sum.events += outcome.events;
    sum.simulated += outcome.simulated;
  } catch (const Violation& violation) {
    ++sum.violations;
    std::printf("VIOLATION %s\n  replay: %s\n", violation.what(), command.c_str());
    std::fflush(stdout);
  }
}

void print(const Sum& sum, double seconds) {
  const Totals& totals = sum.totals;
  std::printf(
      "seeds %llu  events %llu  elections %llu  decided %llu  acknowledged %llu  reads %llu  joins %llu  "
      "removals %llu  crashes %llu  denied plain appends %llu  dropped ranges %llu  simulated %.1f h  wall "
      "%.1f s  violations %llu\n",
      static_cast<unsigned long long>(sum.runs), static_cast<unsigned long long>(sum.events),
      static_cast<unsigned long long>(totals.elections), static_cast<unsigned long long>(totals.decided),
      static_cast<unsigned long long>(totals.acknowledged), static_cast<unsigned long long>(totals.reads),
      static_cast<unsigned long long>(totals.joins), static_cast<unsigned long long>(totals.removals),
      static_cast<unsigned long long>(totals.crashes), static_cast<unsigned long long>(totals.denied),
      static_cast<unsigned long long>(totals.dropped_ranges),
      static_cast<double>(sum.simulated) / 3'600'000.0, seconds,
      static_cast<unsigned long long>(sum.violations));
}

}  // namespace

int main(int argc, char** argv) {
  const auto arguments = read_arguments({argv + 1, argv + argc});
  if (!arguments) {
    std::fprintf(stderr,
                 "usage: bellwether-core-fuzz [--generator NAME] [--seeds A-B] [--minutes N] [--mutant NAME] "
                 "[--outcomes-only] [--keep-going] [--trace]\n");
    return 2;
  }
  const auto start = Clock::now();
  const auto seconds = [&] { return std::chrono::duration<double>(Clock::now() - start).count(); };
  Sum sum;
  for (std::uint64_t seed = arguments->first; seed <= arguments->last; ++seed) {
    if (arguments->minutes > 0 && seconds() > arguments->minutes * 60) break;
    run_one(*arguments, seed, sum);
    if (sum.violations > 0 && !arguments->keep_going) break;
  }
  print(sum, seconds());
  return sum.violations == 0 ? 0 : 1;
}
