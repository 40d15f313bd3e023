#include "world/machine.hpp"

#include "world/byte_disk.hpp"

namespace bellwether::simulation {

Machine::Machine() = default;
Machine::~Machine() = default;

state::Members Machine::members_in_force() const {
  if (is_running()) return replica->tail_state().members();
  state::State state = disk.stable().decided_state();
  for (const EntryPtr& entry : disk.stable().undecided()) state.apply(state.applied() + 1, *entry);
  return state.members();
}

}  // namespace bellwether::simulation
