// node/options.hpp: everything that a user can tell a node, from flags, from the environment and from a file
// (a flag beats the environment, which beats the file).
// Errors: a usage error becomes one line and exit status 2.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "node/address.hpp"
#include "storage/retention.hpp"

namespace bellwether::node {

struct Options {
  std::uint16_t port = 8001;
  std::vector<Address> seeds;    // members to join through, this node's own address left out
  bool seeds_are_given = false;  // by the user, in some way
  bool make_master_on_error = false;
  std::string bind = "127.0.0.1";
  std::string advertise;  // HOST:PORT that others use
  std::chrono::milliseconds join_timeout{3000};
  std::filesystem::path data_directory;
  storage::Retention retention;
  std::uint32_t priority = 0;
  std::chrono::milliseconds heartbeat{100};
  std::uint64_t evict_rounds = 0;  // heartbeat rounds of silence; 0: never
  bool stays_learner = false;
  bool quiet = false;
  bool leave_on_terminate = false;
  bool rejoin = false;  // what is damaged is set aside, and the node joins as a new member
  std::string log_level = "info";
  bool log_json = false;
};

struct EarlyExit {  // --help, --version, a usage error
  int status = 0;
  std::string text;  // status 0: for stdout; else for stderr
};

using EnvironmentLookup = const char* (*)(const char* name);

// `arguments` without the program's name.
std::variant<Options, EarlyExit> parse_options(const std::vector<std::string>& arguments,
                                               EnvironmentLookup environment);

}  // namespace bellwether::node
