#include "node/dispatcher.hpp"

#include <algorithm>
#include <asio/post.hpp>
#include <utility>
#include <variant>

#include "node/address.hpp"
#include "node/log.hpp"
#include "node/refusals.hpp"

namespace bellwether::node {
namespace {

// With what a log adds to each of them.
std::uint64_t entry_bytes(const Message& message) {
  constexpr std::uint64_t added = 64;
  const EntryRange* entries = nullptr;
  if (const auto* accept = std::get_if<Accept>(&message)) entries = &accept->entries;
  if (const auto* suffix = std::get_if<Suffix>(&message)) entries = &suffix->entries;
  if (const auto* promise = std::get_if<Promise>(&message); promise != nullptr && promise->missing)
    entries = &*promise->missing;
  std::uint64_t bytes = 0;
  if (entries == nullptr) return bytes;
  for (const EntryPtr& entry : entries->items) bytes += entry->encoded_bytes + added;
  return bytes;
}

void answer(const Asker& asker, Packet packet) { asker.connection->answer(asker.slot, packet); }

void refuse_and_close(const Asker& asker, ErrorAnswer why) {
  answer(asker, Packet(std::move(why)));
  asker.connection->close_after_output();
}

ArticleNode article_node(NodeId id, const std::string& address) {
  ArticleNode node;
  node.node_id = std::to_string(number(id));
  if (const auto parsed = parse_address(address)) {
    node.ip_address = parsed->host;
    node.port = std::to_string(parsed->port);
  }
  return node;
}

}  // namespace

Dispatcher::Dispatcher(asio::io_context& io, OwnName own, StatusSource status, Engine& engine,
                       Requests& requests, Tails& tails, Inbound& inbound, Metrics& metrics, Events events)
    : io_(io),
      own_(std::move(own)),
      status_(status),
      engine_(engine),
      requests_(requests),
      tails_(tails),
      inbound_(inbound),
      metrics_(metrics),
      events_(std::move(events)) {}

void Dispatcher::on_packet(const std::shared_ptr<transport::Connection>& connection, std::uint64_t slot,
                           Packet packet) {
  const Asker asker{connection, slot, {}};
  std::visit([&](auto& content) { take(asker, std::move(content)); }, packet);
}

void Dispatcher::on_batch_end() { engine_.finish(); }

void Dispatcher::on_closed(const std::shared_ptr<transport::Connection>& connection) {
  for (const auto request : requests_.take_all_of(*connection)) engine_.begin().forget(request);
  tails_.on_closed(*connection);
  if (const auto silent = inbound_.on_closed(*connection)) events_.on_silent(*silent);
  engine_.finish();
}

void Dispatcher::on_answer(const replication::ClientAnswer& answered) {
  const auto asker = requests_.take(answered.request);
  if (!asker) return;
  if (asker->asked_at && std::holds_alternative<replication::AppendDone>(answered.answer)) {
    metrics_.on_acknowledged(engine_.step_began() - *asker->asked_at);
  }
  if (asker->callback) return asker->callback(answered.answer);
  answer(*asker, packet_for(answered.answer));
}

Packet Dispatcher::packet_for(const replication::Answer& answer) const {
  if (const auto* done = std::get_if<replication::AppendDone>(&answer))
    return Appended{done->offset, done->count};
  if (const auto* done = std::get_if<replication::RegisterDone>(&answer)) return Registered{done->producer};
  if (const auto* done = std::get_if<replication::JoinDone>(&answer)) return joined_as(done->id);
  if (const auto* refused = std::get_if<replication::Refused>(&answer))
    return explain(*refused, engine_.replica());
  return Done{};
}

Joined Dispatcher::joined_as(NodeId id) const {
  Joined joined{id, own_.cluster, own_.key, {}, own_.epoch};
  for (const auto& [member, record] : engine_.replica().tail_state().members().all()) {
    joined.members.push_back({member, record.address});
  }
  return joined;
}

// ---- members
void Dispatcher::take(const Asker& asker, Hello hello) {
  auto refused = inbound_.admit(asker.connection, hello, engine_.replica().decided_state());
  if (refused) {
    // A former member, or the former holder of an address, is dialled by mistake now and then; the rest is
    // worth a look.
    const bool usual = refused->code == ErrorCode::wrong_node || refused->code == ErrorCode::removed;
    (usual ? log::debug : log::warn)(asker.connection->remote() + " was turned away: " + refused->message);
    return refuse_and_close(asker, *std::move(refused));
  }
  asker.connection->become_peer();
  answer(asker, Packet(inbound_.own_hello(hello.from)));
  events_.on_hello(hello);
}

void Dispatcher::take(const Asker& asker, Message message) {
  const auto from = inbound_.sender(*asker.connection);
  if (!from) {
    return refuse_and_close(
        asker, refusal(ErrorCode::not_a_member, "members' messages are taken after a hello only"));
  }
  asker.connection->no_answer(asker.slot);
  auto& replica = engine_.begin();
  const auto bytes = entry_bytes(message);
  if (bytes > 0 && !engine_.can_take(bytes)) return;  // as if it were lost: it comes again (M2)
  if (const auto* accept = std::get_if<Accept>(&message)) events_.on_accept(*accept);
  replica.on_message(*from, std::move(message));
}

// ---- requests that change something
void Dispatcher::take(const Asker& asker, AppendRequest request) {
  auto& replica = engine_.begin();
  if (!engine_.takes_append_of(request.messages.size())) {
    return answer(asker, Packet(explain({ErrorCode::busy, nobody, {}, {}}, engine_.replica())));
  }
  const Group group = group_of(request);
  Asker timed = asker;
  timed.asked_at = engine_.step_began();
  replica.append(requests_.add(std::move(timed)), group, std::move(request.messages));
}

void Dispatcher::take(const Asker& asker, const RegisterRequest&) {
  engine_.begin().register_producer(requests_.add(asker));
}

void Dispatcher::take(const Asker& asker, Join join) {
  const auto& former = engine_.replica().decided_state().former();
  if (std::ranges::find(former, join.cluster) != former.end()) {
    join.replaces.reset();  // that id was the former cluster's: here it may be somebody else's
  } else if (!join.cluster.empty() && join.cluster != own_.cluster) {
    return answer(asker,
                  Packet(refusal(ErrorCode::wrong_cluster, "this node is a member of another cluster")));
  }
  engine_.begin().join(requests_.add(asker), join);
}

void Dispatcher::take(const Asker& asker, const RemoveRequest& request) {
  engine_.begin().remove(requests_.add(asker), request.member);
}

void Dispatcher::take(const Asker& asker, const MoveLeaderRequest& request) {
  engine_.begin().move_leader(requests_.add(asker), request.member);
}

// ---- questions
void Dispatcher::take(const Asker& asker, const TailRequest& request) { tails_.add(asker, request); }

// Answered when it is on the disk, on this thread.
void Dispatcher::take(const Asker& asker, const SnapshotRequest&) {
  const auto request = requests_.add(asker);
  auto written = [this, request](Result<void> done) {
    asio::post(io_, [this, request, done = std::move(done)] {
      const auto waiting = requests_.take(request);
      if (!waiting) return;
      answer(*waiting, done ? Packet(Done{}) : Packet(refusal(ErrorCode::refused, done.error().what)));
    });
  };
  if (engine_.ask_for_checkpoint(std::move(written))) return;
  requests_.take(request);
  answer(asker, Packet(refusal(ErrorCode::retry, "nothing is decided here yet", "try again in a moment")));
}

void Dispatcher::take(const Asker& asker, const LeaderRequest&) { answer(asker, Packet(leader_of(status_))); }
void Dispatcher::take(const Asker& asker, const StatusRequest&) {
  answer(asker, Packet(status_of(status_, engine_.first_offset())));
}
void Dispatcher::take(const Asker& asker, const MembersRequest&) {
  answer(asker, Packet(members_of(status_)));
}

void Dispatcher::take(const Asker& asker, const ArticlePacket& packet) {
  const auto leader = leader_info(engine_.replica());
  ArticlePacket reply;
  reply.source = article_node(own_.id, own_.address);
  reply.dest = packet.source;
  reply.message = "this is node " + reply.source.node_id + " of cluster " + own_.cluster + "; " +
                  (leader ? "node " + std::to_string(number(leader->id)) + " at " + leader->address + " leads"
                          : std::string("nobody leads at the moment"));
  answer(asker, Packet(std::move(reply)));
  asker.connection->close_after_output();
}

template <typename AnswerPacket>
void Dispatcher::take(const Asker& asker, const AnswerPacket&) {
  answer(asker, Packet(refusal(ErrorCode::unknown_type, "this is an answer and no request")));
}

}  // namespace bellwether::node
