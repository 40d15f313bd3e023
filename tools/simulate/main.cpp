// bellwether-simulate: see options.cpp for what it takes, docs/testing.md for how it works.
#include <csignal>
#include <cstdio>
#include <exception>

#include "options.hpp"
#include "runner.hpp"

int main(int argc, char** argv) {
  using namespace bellwether::simulation;
  const auto parsed = parse_options(argc, argv);
  if (!parsed.options) return parsed.exit_status;
  // Whoever started this may ignore it; but the runs are children that are waited for.
  std::signal(SIGCHLD, SIG_DFL);
  try {
    return run_plan(*parsed.options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bellwether-simulate: %s\n", error.what());
    return 1;
  }
}
