#include "protocol/entry_body.hpp"

#include <numeric>
#include <type_traits>
#include <variant>

#include "base/assert.hpp"

namespace bellwether {
namespace {

constexpr std::uint8_t group_version = 1;

bool has_room_for_its_messages(const Group& group) {
  return group.count > 0 && group.bytes / sizeof(std::uint32_t) >= group.count;
}

// ---- bodies, kind by kind: write_body and read_body name the same fields in the same order

void write_body(FieldWriter&, const Noop&) {}

void write_body(FieldWriter& out, const Batch& batch) {
  out.put(static_cast<std::uint32_t>(batch.groups.size()));
  for (const Group& group : batch.groups) {
    BELLWETHER_ASSERT(has_room_for_its_messages(group));
    out.put(group_version);
    out.put(std::uint8_t{0});   // flags
    out.put(std::uint16_t{0});  // reserved
    out.put(group.count);
    out.put(number(group.producer));
    out.put(group.sequence);
    out.put(group.bytes);
    out.put(std::uint32_t{0});  // reserved
  }
}

void write_body(FieldWriter&, const RegisterProducer&) {}

void write_body(FieldWriter& out, const InitCluster& init) {
  out.put(init.cluster);
  out.put(init.token);
  out.put(init.address);
  out.put(init.priority);
}

void write_body(FieldWriter& out, const AddMember& add) {
  out.put(number(add.id));
  out.put(add.token);
  out.put(add.address);
  out.put(add.priority);
  out.put(static_cast<std::uint8_t>(add.stays_learner));
}

void write_body(FieldWriter& out, const PromoteMember& promote) { out.put(number(promote.id)); }

void write_body(FieldWriter& out, const RemoveMember& remove) { out.put(number(remove.id)); }

void write_body(FieldWriter& out, const UpdateMember& update) {
  out.put(number(update.id));
  out.put(update.address);
  out.put(update.priority);
}

void write_body(FieldWriter& out, const ResetCluster& reset) {
  out.put(reset.cluster);
  out.put(reset.former);
  out.put(reset.epoch);
  out.put(number(reset.id));
  out.put(reset.token);
  out.put(reset.address);
  out.put(reset.priority);
}

// A group of this version without flags, whose messages can be there; nothing otherwise.
std::optional<Group> read_group(FieldReader& in) {
  const auto version = in.take<std::uint8_t>();
  const auto flags = in.take<std::uint8_t>();
  const auto reserved = in.take<std::uint16_t>();
  Group group;
  group.count = in.take<std::uint32_t>();
  group.producer = ProducerId{in.take<std::uint64_t>()};
  group.sequence = in.take<Sequence>();
  group.bytes = in.take<std::uint32_t>();
  const auto reserved_too = in.take<std::uint32_t>();
  if (version != group_version || flags != 0 || reserved != 0 || reserved_too != 0) return std::nullopt;
  if (!has_room_for_its_messages(group)) return std::nullopt;
  return group;
}

std::optional<EntryContent> read_batch(FieldReader& in) {
  if (in.left() < sizeof(std::uint32_t)) return std::nullopt;
  const auto count = in.take<std::uint32_t>();
  if (in.left() / group_header_bytes < count) return std::nullopt;
  Batch batch;
  batch.groups.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto group = read_group(in);
    if (!group) return std::nullopt;
    batch.groups.push_back(*group);
  }
  if (message_bytes_of(batch) != in.left()) return std::nullopt;
  return batch;
}

InitCluster read_init(FieldReader& in) {
  InitCluster init;
  init.cluster = in.take_text();
  init.token = in.take_text();
  init.address = in.take_text();
  init.priority = in.take<std::uint32_t>();
  return init;
}

std::optional<AddMember> read_add(FieldReader& in) {
  AddMember add;
  add.id = NodeId{in.take<std::uint64_t>()};
  add.token = in.take_text();
  add.address = in.take_text();
  add.priority = in.take<std::uint32_t>();
  const auto stays_learner = in.take<std::uint8_t>();
  if (stays_learner > 1) return std::nullopt;
  add.stays_learner = stays_learner == 1;
  return add;
}

UpdateMember read_update(FieldReader& in) {
  UpdateMember update;
  update.id = NodeId{in.take<std::uint64_t>()};
  update.address = in.take_text();
  update.priority = in.take<std::uint32_t>();
  return update;
}

ResetCluster read_reset(FieldReader& in) {
  ResetCluster reset;
  reset.cluster = in.take_text();
  reset.former = in.take_text();
  reset.epoch = in.take<std::uint64_t>();
  reset.id = NodeId{in.take<std::uint64_t>()};
  reset.token = in.take_text();
  reset.address = in.take_text();
  reset.priority = in.take<std::uint32_t>();
  return reset;
}

std::optional<EntryContent> read_config_body(std::uint8_t kind, FieldReader& in) {
  switch (kind) {
    case 0:
      return Noop{};
    case 2:
      return RegisterProducer{};
    case 3:
      return read_init(in);
    case 4:
      return read_add(in);
    case 5:
      return PromoteMember{NodeId{in.take<std::uint64_t>()}};
    case 6:
      return RemoveMember{NodeId{in.take<std::uint64_t>()}};
    case 7:
      return UpdateMember{read_update(in)};
    case 8:
      return read_reset(in);
    default:
      return std::nullopt;
  }
}

constexpr std::uint8_t batch_kind = 1;
static_assert(std::is_same_v<std::variant_alternative_t<batch_kind, EntryContent>, Batch>);
static_assert(std::is_same_v<std::variant_alternative_t<8, EntryContent>, ResetCluster>);

}  // namespace

std::size_t message_bytes_of(const Batch& batch) {
  return std::accumulate(batch.groups.begin(), batch.groups.end(), std::size_t{0},
                         [](std::size_t bytes, const Group& group) { return bytes + group.bytes; });
}

void write_entry_body(FieldWriter& out, const EntryContent& content) {
  std::visit([&](const auto& body) { write_body(out, body); }, content);
}

std::optional<EntryContent> read_entry_body(std::uint8_t kind, std::span<const std::byte> body) {
  FieldReader in(body);
  if (kind == batch_kind) return read_batch(in);  // its messages follow what is read here
  auto content = read_config_body(kind, in);
  return in.complete() ? content : std::nullopt;
}

}  // namespace bellwether
