#include "replication/snapshot_assembly.hpp"

#include <memory>
#include <utility>

#include "base/assert.hpp"
#include "state/state_encoding.hpp"

namespace bellwether::replication {

void SnapshotAssembly::add(std::uint64_t position, const Bytes& bytes) {
  if (position > held() || bytes.size() <= held() - position) return;
  if (position > name_.total || bytes.size() > name_.total - position) return;
  bytes_ += bytes.text().substr(held() - position);
}

Result<SnapshotAssembly::Whole> SnapshotAssembly::take(state::ProducerLimits limits) {
  BELLWETHER_ASSERT(is_whole());
  const auto owner = std::make_shared<const std::string>(std::move(bytes_));
  Bytes bytes(owner, std::as_bytes(std::span(*owner)));
  auto state = state::decode_state(bytes.span(), limits);
  if (!state) return tl::unexpected(std::move(state.error()));
  if (state->applied() != name_.index) {
    return failure(std::errc::bad_message,
                   "it is the state behind entry " + std::to_string(state->applied()));
  }
  return Whole{.base = std::make_shared<const Snapshot>(
                   Snapshot{.index = name_.index, .ballot = name_.last_ballot, .state = std::move(bytes)}),
               .state = *std::move(state)};
}

}  // namespace bellwether::replication
