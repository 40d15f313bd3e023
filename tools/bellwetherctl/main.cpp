// bellwetherctl/main.cpp: the program bellwetherctl: looks at a cluster and operates it.
#include <csignal>
#include <cstdio>
#include <exception>

#include "commands.hpp"
#include "options.hpp"

int main(int argc, char** argv) try {
  using namespace bellwether::ctl;
  const ParsedOptions parsed = parse_options(argc, argv);
  if (parsed.exit_status) return *parsed.exit_status;
  std::signal(SIGPIPE, SIG_IGN);
  return run(parsed.options);
} catch (const std::exception& error) {
  std::fprintf(stderr, "bellwetherctl: %s\n", error.what());
  return 1;
}
