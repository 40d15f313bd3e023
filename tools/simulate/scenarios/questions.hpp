// simulate/scenarios/questions.hpp: what a fixed scenario asks of one certain node, and what it hears.
#pragma once

#include <optional>
#include <vector>

#include "scenarios/stage.hpp"

namespace bellwether::simulation {

using Heard = std::optional<replication::Answer>;  // none: no answer yet

bool is_stored(const Heard& heard);
bool is_read(const Heard& heard);
std::optional<ErrorCode> refusal(const Heard& heard);

// Each arrives after a delay, and `heard` has to outlive the run.
void append(Stage& stage, NodeId at, ProducerId producer, Sequence sequence, Tag tag, Heard& heard);
void read(Stage& stage, NodeId at, Heard& heard);  // whatever was acknowledged before has to be in it
ProducerId register_at(Stage& stage, NodeId leader);
// The producer's groups from `first` to `last`, each once the one before it is stored; their tags.
std::vector<Tag> append_all(Stage& stage, NodeId leader, ProducerId producer, Sequence first, Sequence last);

// At this very moment: an entry with the first group of each of these producers.
std::vector<Tag> place_entry(Stage& stage, NodeId leader, const std::vector<ProducerId>& producers);
Tag place_plain_entry(Stage& stage, NodeId leader);

}  // namespace bellwether::simulation
