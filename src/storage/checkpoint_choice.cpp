#include "storage/checkpoint_choice.hpp"

#include <algorithm>
#include <iterator>

namespace bellwether::storage {
namespace {

constexpr int good_kept = 2;

// Whether no older one is behind the same border.
bool is_first_of_a_segment(const std::vector<Index>& all, std::vector<Index>::const_iterator at,
                           const std::vector<Index>& borders) {
  const auto border = std::ranges::upper_bound(borders, *at);
  if (border == borders.begin()) return false;
  const auto older = std::next(at);
  return older == all.end() || *older < *std::prev(border);
}

}  // namespace

std::vector<Index> surplus_checkpoints(const std::vector<Index>& all, const CheckpointNeeds& needs,
                                       const std::function<bool(Index)>& is_good) {
  std::vector<Index> surplus;
  int good = 0;
  for (auto at = all.begin(); at != all.end(); ++at) {
    if (*at < needs.base) {
      surplus.push_back(*at);
      continue;
    }
    if (good < good_kept) {  // one that is broken takes no place of theirs, and goes when they are newer
      good += is_good(*at) ? 1 : 0;
      continue;
    }
    const bool is_base = *at == needs.base || *at == needs.next_base;
    const bool follows = is_first_of_a_segment(all, at, needs.borders);
    if (!is_base && !follows) surplus.push_back(*at);
  }
  return surplus;
}

}  // namespace bellwether::storage
