#include "node/repairs.hpp"

#include <algorithm>
#include <asio/post.hpp>
#include <iterator>
#include <string>
#include <utility>

#include "node/log.hpp"

namespace bellwether::node {
namespace {

constexpr std::size_t known_max = 1'000;  // beyond that something may be said twice

std::string range(Index first, Index last) {
  if (first == last) return "entry " + std::to_string(first) + " is";
  return "entries " + std::to_string(first) + " to " + std::to_string(last) + " are";
}

}  // namespace

Repairs::Repairs(asio::io_context& io, Engine& engine, std::function<void()> on_readable)
    : io_(io), engine_(engine), on_readable_(std::move(on_readable)) {}

bool Repairs::on_damage(const storage::Damage& damage) {
  const auto& replica = engine_.replica();
  if (damage.last > replica.decided() && damage.first <= replica.last()) return false;
  say(damage);
  engine_.begin().on_damaged(damage.first, damage.last);
  engine_.finish();
  return true;
}

void Repairs::say(const storage::Damage& damage) {
  const auto behind = known_.upper_bound(damage.first);
  if (behind != known_.begin() && std::prev(behind)->second.last >= damage.last) return;
  if (known_.size() >= known_max) known_.clear();
  known_[damage.first] = {.last = damage.last, .missing = damage.last - damage.first + 1};
  const bool is_alone = engine_.replica().tail_state().members().all().size() < 2;
  log::warn(damage.what + (is_alone ? "; there is no other member that could have it"
                                    : "; what stood there is fetched from the other members"));
}

void Repairs::on_repaired(std::vector<replication::RepairedEntry> entries) {
  std::vector<Index> indexes;
  for (const auto& repaired : entries) indexes.push_back(repaired.index);
  auto done = [this, indexes = std::move(indexes)](const Result<void>& stored) {
    asio::post(io_, [this, indexes, stored] { on_stored(indexes, stored); });
  };
  engine_.store().write_repair(std::move(entries), std::move(done));
}

// What could not be stored is fetched again when somebody reads there again.
void Repairs::on_stored(const std::vector<Index>& indexes, const Result<void>& stored) {
  if (!stored)
    return log::warn("entries that were fetched from others could not be stored: " + stored.error().what);
  std::ranges::for_each(indexes, [this](Index index) { note_repaired(index); });
  on_readable_();
}

void Repairs::note_repaired(Index index) {
  const auto behind = known_.upper_bound(index);
  if (behind == known_.begin()) return;
  const auto known = std::prev(behind);
  if (index > known->second.last || --known->second.missing > 0) return;
  log::info(range(known->first, known->second.last) + " repaired: another member had what could not be read");
  known_.erase(known);
}

}  // namespace bellwether::node
