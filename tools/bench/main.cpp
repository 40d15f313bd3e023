// bench/main.cpp: the program bellwether-bench: puts load on a cluster and measures it.
#include <csignal>
#include <cstdio>
#include <exception>

#include "options.hpp"
#include "run.hpp"

int main(int argc, char** argv) try {
  using namespace bellwether::bench;
  const ParsedOptions parsed = parse_options(argc, argv);
  if (parsed.exit_status) return *parsed.exit_status;
  std::signal(SIGPIPE, SIG_IGN);
  return run(parsed.options);
} catch (const std::exception& error) {
  std::fprintf(stderr, "bellwether-bench: %s\n", error.what());
  return 1;
}
