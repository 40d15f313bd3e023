#include "world/stable_comparison.hpp"

#include <algorithm>
#include <string>

#include "state/state_encoding.hpp"
#include "world/violation.hpp"

namespace bellwether::simulation {

using replication::StableState;

namespace {

bool same_base(const StableState& one, const StableState& other) {
  const auto& a = one.base();
  const auto& b = other.base();
  if (a == nullptr || b == nullptr) return a == b;
  return a->index == b->index && a->ballot == b->ballot &&
         std::ranges::equal(a->state.span(), b->state.span());
}

bool same_ballots(const StableState& one, const StableState& other) {
  const Index base = one.base() ? one.base()->index : 0;
  for (Index index = base + 1; index <= one.last(); ++index) {
    if (one.ballots().at(index) != other.ballots().at(index)) return false;
  }
  return one.ballots().last_ballot() == other.ballots().last_ballot();
}

bool same_undecided(const StableState& one, const StableState& other) {
  return std::ranges::equal(one.undecided(), other.undecided(), [](const EntryPtr& a, const EntryPtr& b) {
    return a->ballot == b->ballot && a->sum == b->sum;
  });
}

std::string against(const std::string& what, const std::string& found, const std::string& expected) {
  return what + " " + found + " instead of " + expected;
}

}  // namespace

bool may_be(const StableState& found, const StableState& state, bool is_harmed) {
  const bool same_checkpoints = is_harmed ? index_of(found.base()) >= index_of(state.base())
                                          : found.decided() >= state.decided() && same_base(found, state);
  return found.promised() == state.promised() && found.is_removed() == state.is_removed() &&
         found.lost() == state.lost() && found.last() == state.last() &&
         found.ballots().last_ballot() == state.ballots().last_ballot() && same_checkpoints;
}

std::string difference(const StableState& found, const StableState& expected) {
  if (found.promised() != expected.promised())
    return against("promised", text(found.promised()), text(expected.promised()));
  if (found.is_removed() != expected.is_removed()) return "whether it is removed";
  if (found.lost() != expected.lost()) return "what was lost";
  if (found.last() != expected.last())
    return against("the last entry is", std::to_string(found.last()), std::to_string(expected.last()));
  if (found.decided() != expected.decided())
    return against("decided up to", std::to_string(found.decided()), std::to_string(expected.decided()));
  if (!same_base(found, expected)) return "the base";
  if (!same_ballots(found, expected)) return "the ballots of its entries";
  if (found.next_offset() != expected.next_offset())
    return against("the next offset is", std::to_string(found.next_offset()),
                   std::to_string(expected.next_offset()));
  if (!same_undecided(found, expected)) return "an undecided entry";
  if (state::encode(found.decided_state()) != state::encode(expected.decided_state()))
    return "the state behind the decided entries";
  return {};
}

}  // namespace bellwether::simulation
