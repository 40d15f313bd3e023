#include "state/state_encoding.hpp"

#include <algorithm>
#include <vector>

#include "base/assert.hpp"
#include "protocol/entry_fields.hpp"

namespace bellwether::state {
namespace {

constexpr std::uint32_t encoding_version = 1;
constexpr std::uint32_t recovered_flag =
    1;  // so that a cluster that never was is read by older releases, too
constexpr std::uint8_t votes_flag = 1;
constexpr std::uint8_t stays_learner_flag = 2;

tl::unexpected<Error> not_a_state(const char* why) {
  return failure(std::errc::bad_message, std::string("the encoded state cannot be read: ") + why);
}

}  // namespace

// ---- members
void Members::encode(FieldWriter& out) const {
  out.put(number(next_id_));
  out.put(changed_at_);
  out.put(static_cast<std::uint32_t>(all_.size()));
  for (const auto& [id, member] : all_) {
    out.put(number(id));
    out.put(static_cast<std::uint8_t>((member.votes ? votes_flag : 0) |
                                      (member.stays_learner ? stays_learner_flag : 0)));
    out.put(member.priority);
    out.put(std::string_view(member.token));
    out.put(std::string_view(member.address));
  }
}

bool Members::decode(FieldReader& in) {
  next_id_ = NodeId{in.take<std::uint64_t>()};
  changed_at_ = in.take<std::uint64_t>();
  const auto count = in.take<std::uint32_t>();
  NodeId before = nobody;
  for (std::uint32_t i = 0; i < count; ++i) {
    const NodeId id{in.take<std::uint64_t>()};
    const auto flags = in.take<std::uint8_t>();
    if (id <= before || id >= next_id_ || (flags & ~(votes_flag | stays_learner_flag)) != 0) return false;
    before = id;
    Member member;
    member.votes = (flags & votes_flag) != 0;
    member.stays_learner = (flags & stays_learner_flag) != 0;
    member.priority = in.take<std::uint32_t>();
    member.token = in.take_text();
    member.address = in.take_text();
    if (member.votes) voters_.push_back(id);
    all_.emplace(id, std::move(member));
  }
  return true;
}

// ---- producers
void Producers::encode(FieldWriter& out) const {
  std::vector<ProducerId> ids;
  ids.reserve(table_.size());
  for (const auto& [id, producer] : table_) ids.push_back(id);
  std::ranges::sort(ids);
  out.put(static_cast<std::uint32_t>(ids.size()));
  for (const ProducerId id : ids) {
    const Producer& producer = table_.find(id)->second;
    out.put(number(id));
    out.put(producer.last_sequence);
    out.put(producer.last_activity);
    out.put(static_cast<std::uint32_t>(producer.groups.size()));
    for (const PlacedGroup& group : producer.groups) {  // their sequences end with last_sequence
      out.put(group.index);
      out.put(group.offset);
      out.put(group.count);
    }
  }
}

bool Producers::decode(FieldReader& in, Index applied, Offset next_offset) {
  const auto count = in.take<std::uint32_t>();
  if (count > limits_.producers_max) return false;
  ProducerId before = no_producer;
  for (std::uint32_t i = 0; i < count; ++i) {
    const ProducerId id{in.take<std::uint64_t>()};
    Producer producer;
    producer.last_sequence = in.take<std::uint64_t>();
    producer.last_activity = in.take<std::uint64_t>();
    const auto groups = in.take<std::uint32_t>();
    const bool fits = id > before && producer.last_activity <= applied && groups <= producer.last_sequence &&
                      groups <= limits_.groups_per_producer_max &&
                      (groups > 0) == (producer.last_sequence > 0);
    if (!fits) return false;
    before = id;
    for (std::uint32_t at = 0; at < groups; ++at) {
      PlacedGroup group;
      group.sequence = producer.last_sequence - groups + 1 + at;
      group.index = in.take<std::uint64_t>();
      group.offset = in.take<std::uint64_t>();
      group.count = in.take<std::uint32_t>();
      const bool follows = producer.groups.empty() ||
                           group.offset >= producer.groups.back().offset + producer.groups.back().count;
      if (!follows || group.count == 0 || group.offset > next_offset ||
          group.count > next_offset - group.offset || group.index > producer.last_activity) {
        return false;
      }
      producer.groups.push_back(group);
    }
    remembered_ += groups;
    table_.emplace(id, std::move(producer));
  }
  restore_superseded();
  return remembered_ <= std::max(limits_.groups_max, table_.size());
}

// A group was superseded when its producer's next one was placed, and groups are placed in the order of their
// offsets.
void Producers::restore_superseded() {
  struct Successor {
    Offset offset;
    Superseded superseded;
  };
  std::vector<Successor> successors;
  for (const auto& [id, producer] : table_) {
    for (std::size_t i = 1; i < producer.groups.size(); ++i) {
      successors.push_back({producer.groups[i].offset, {id, producer.groups[i - 1].sequence}});
    }
  }
  std::ranges::sort(successors, {}, &Successor::offset);
  for (const Successor& successor : successors) superseded_.push_back(successor.superseded);
}

// ---- the whole
void State::encode(FieldWriter& out) const {
  out.put(encoding_version);
  out.put(former_.empty() ? std::uint32_t{0} : recovered_flag);
  out.put(applied_);
  out.put(next_offset_);
  out.put(epoch_);
  out.put(std::string_view(cluster_));
  if (!former_.empty()) out.put(static_cast<std::uint32_t>(former_.size()));
  for (const std::string& cluster : former_) out.put(std::string_view(cluster));
  members_.encode(out);
  producers_.encode(out);
}

bool State::decode(FieldReader& in) {
  const auto flags = in.take<std::uint32_t>();
  if ((flags & ~recovered_flag) != 0) return false;
  applied_ = in.take<std::uint64_t>();
  next_offset_ = in.take<std::uint64_t>();
  epoch_ = in.take<std::uint64_t>();
  cluster_ = in.take_text();
  if (flags == recovered_flag && !decode_former(in)) return false;
  return members_.decode(in) && members_.changed_at() <= applied_ &&
         producers_.decode(in, applied_, next_offset_);
}

bool State::decode_former(FieldReader& in) {
  const auto count = in.take<std::uint32_t>();
  if (count == 0 || count > former_clusters_max) return false;
  for (std::uint32_t i = 0; i < count; ++i) former_.push_back(in.take_text());
  return true;
}

std::string encode(const State& state) {
  FieldWriter out;
  state.encode(out);
  return out.bytes();
}

Offset next_offset_in(std::span<const std::byte> encoded) {
  FieldReader in(encoded);
  in.take<std::uint32_t>();  // version
  in.take<std::uint32_t>();  // flags
  in.take<std::uint64_t>();  // applied
  return in.take<std::uint64_t>();
}

Result<State> decode_state(std::span<const std::byte> bytes, ProducerLimits limits) {
  FieldReader in(bytes);
  if (in.take<std::uint32_t>() != encoding_version) return not_a_state("its version is unknown");
  State state(limits);
  if (!state.decode(in)) return not_a_state("it contradicts itself, or a newer release has written it");
  if (!in.complete()) return not_a_state("it has another length than it says");
  return state;
}

}  // namespace bellwether::state
