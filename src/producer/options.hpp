// producer/options.hpp: everything that a user can tell the producer, from flags and from the environment.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bellwether::producer {

struct Options {
  std::vector<std::string> members;  // HOST:PORT
  bool from_stdin = false;
  std::chrono::nanoseconds interval{};
  std::optional<std::uint64_t> count;
  std::size_t message_bytes = 0;  // numbered messages are filled up to that
  std::string prefix = "message";
  std::chrono::milliseconds reach_within{};
  bool at_least_once = false;
  bool quiet = false;
  bool json = false;
};

struct ParsedOptions {
  // Set: nothing is left to do (help, or a usage error; the words are printed).
  std::optional<int> exit_status;
  Options options;
};
ParsedOptions parse_options(int argc, char** argv);

}  // namespace bellwether::producer
