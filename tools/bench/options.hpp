// bench/options.hpp: what is measured, on which cluster, and how it is told.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bellwether::bench {

struct LoadOptions {
  std::uint32_t batch = 1;   // messages in one append
  std::uint32_t window = 1;  // appends that a connection has under way
  std::uint32_t connections = 1;
  std::size_t message_bytes = 100;
  double rate = 0;  // messages a second of all connections together; 0: closed loop
  std::chrono::nanoseconds warm_up{};
  std::chrono::nanoseconds duration{};
};

struct OwnCluster {
  std::uint32_t nodes = 0;
  std::string program;                  // bellwether-node
  std::string parent_directory;         // their data is in a directory of its own below it
  std::vector<std::string> node_flags;  // beside those that they need
};

struct Options {
  LoadOptions load;
  std::vector<std::string> members;  // HOST:PORT
  std::optional<OwnCluster> own;     // instead of these members
  std::vector<pid_t> servers;        // whose CPU time is counted
  bool json = false;
};

struct ParsedOptions {
  std::optional<int>
      exit_status;  // set: nothing is left to do (help, or a usage error; the words are printed)
  Options options;
};
ParsedOptions parse_options(int argc, char** argv);

}  // namespace bellwether::bench
