// node/log.hpp: diagnostics on stderr, for people or as one JSON object a line. The only door to spdlog.
// A stderr that nobody reads never holds the node up: the oldest lines waiting are dropped.
// Threads: any.
#pragma once

#include <string_view>

#include "protocol/ids.hpp"

namespace bellwether::node::log {

struct Settings {
  std::string_view level = "info";
  bool json = false;
};

void start(const Settings& settings);
void set_node(NodeId id);  // shown in every line from then on
void stop();               // writes what is waiting

void debug(std::string_view text);
void info(std::string_view text);
void warn(std::string_view text);
void error(std::string_view text);

// Why the program ends: written at once, past the queue, so that it is not lost whatever happens next.
void fatal(std::string_view text);

}  // namespace bellwether::node::log
