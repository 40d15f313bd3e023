// producer/main.cpp: the program bellwether-producer.
#include <csignal>
#include <cstdio>
#include <exception>
#include <utility>

#include "producer/options.hpp"
#include "producer/producer.hpp"

int main(int argc, char** argv) try {
  using namespace bellwether::producer;
  ParsedOptions parsed = parse_options(argc, argv);
  if (parsed.exit_status) return *parsed.exit_status;
  std::signal(SIGPIPE, SIG_IGN);
  return static_cast<int>(Producer(std::move(parsed.options)).run());
} catch (const std::exception& error) {
  std::fprintf(stderr, "bellwether-producer: %s\n", error.what());
  return 1;
}
