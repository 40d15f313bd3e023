// simulate/world/story.hpp: a run in words, for --trace: times in heartbeat rounds.
#pragma once

#include <string>

#include "protocol/messages.hpp"
#include "replication/output.hpp"
#include "replication/room.hpp"
#include "world/disk.hpp"
#include "world/timeline.hpp"

namespace bellwether::simulation {

std::string text(const Message& message);
std::string text(const replication::Answer& answer);
std::string text(const Disk& disk);
const char* name_of(replication::Role role);
const char* name_of(replication::Room room);

void print_line(Ticks at, const std::string& line);

}  // namespace bellwether::simulation
