// simulation/trace.hpp: a message in one line, for whoever follows a run step by step.
#pragma once

#include "protocol/messages.hpp"
#include "timeline.hpp"

namespace bellwether::simulation {

void print(Ticks at, NodeId from, NodeId to, const Message& message);

}  // namespace bellwether::simulation
