// bellwetherctl/options.hpp: the commands and their flags.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/ids.hpp"

namespace bellwether::ctl {

enum class Command { status, members, leader, tail, append, remove, move_leader, snapshot, inspect, recover };

struct Options {
  Command command = Command::status;
  std::vector<std::string> members;  // HOST:PORT
  bool json = false;
  std::chrono::milliseconds timeout{};

  Offset from = 0;  // tail
  std::optional<std::uint64_t> limit;
  bool follow = false;
  bool offsets = false;
  bool local = false;

  std::optional<std::string> message;  // append; none: the lines of the standard input
  std::uint64_t id = 0;                // remove, move-leader

  std::string directory;  // inspect, recover
  bool verify = false;
  std::vector<Offset> dump;  // empty, or from and to

  bool accept_loss = false;  // recover
  std::optional<std::string> confirm;
};

struct ParsedOptions {
  std::optional<int>
      exit_status;  // set: nothing is left to do (help, or a usage error; the words are printed)
  Options options;
};
ParsedOptions parse_options(int argc, char** argv);

}  // namespace bellwether::ctl
