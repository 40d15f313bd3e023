#include "fake_cluster.hpp"

#include <algorithm>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/steady_timer.hpp>
#include <asio/write.hpp>

#include "base/little_endian.hpp"
#include "client/group_builder.hpp"
#include "protocol/frame.hpp"
#include "protocol/limits.hpp"
#include "transport/coroutine.hpp"

namespace bellwether::client {
namespace {

using transport::as_result;

constexpr std::size_t tail_messages_max = 100;  // in one packet
constexpr std::chrono::milliseconds look_again{2};

Bytes joined(const EncodedPacket& packet) {
  std::string all = packet.header;
  for (const Bytes& piece : packet.body) all += piece.text();
  return Bytes::copy_of(all);
}

}  // namespace

struct FakeMember::Peer {
  explicit Peer(asio::ip::tcp::socket accepted)
      : socket(std::move(accepted)), input(limits::client_body_bytes_max) {}
  asio::ip::tcp::socket socket;
  FrameReader input;
};

ErrorAnswer error_answer(ErrorCode code, std::string message) {
  ErrorAnswer answer;
  answer.code = code;
  answer.message = std::move(message);
  return answer;
}

std::vector<std::string> messages_in(const Bytes& body) {
  std::vector<std::string> messages;
  for (std::size_t at = 0; at < body.size();) {
    const auto bytes = load_little_endian<std::uint32_t>(body.data() + at);
    messages.emplace_back(body.slice(at + length_prefix_bytes, bytes).text());
    at += length_prefix_bytes + bytes;
  }
  return messages;
}

bool run_until(asio::io_context& io, const std::function<bool()>& condition,
               std::chrono::milliseconds within) {
  const auto deadline = std::chrono::steady_clock::now() + within;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    io.restart();
    io.run_one_for(std::chrono::milliseconds(10));
  }
  return true;
}

// ---- the cluster

FakeCluster::~FakeCluster() {
  for (const auto& each : members_) each->die();
  io_.restart();
  io_.poll();  // lets their coroutines end
}

FakeMember& FakeCluster::add() {
  members_.push_back(std::make_shared<FakeMember>(*this, io_, members_.size()));
  members_.back()->listen();
  if (!leader_) leader_ = 0;
  return *members_.back();
}

std::optional<LeaderInfo> FakeCluster::leader() const {
  if (!leader_) return std::nullopt;
  return members_[*leader_]->info();
}

Packet FakeCluster::store(const AppendRequest& request) {
  Appended appended;
  appended.count = request.count;
  appended.offset = log.size();
  if (request.producer != no_producer) {
    const auto known = producers_.find(request.producer);
    if (known == producers_.end()) return error_answer(ErrorCode::unknown_producer);
    Producer& producer = known->second;
    if (request.sequence > producer.last + 1) {
      ErrorAnswer gap = error_answer(ErrorCode::sequence_gap);
      gap.expected = producer.last + 1;
      return gap;
    }
    const auto [place, is_new] = producer.offsets.try_emplace(request.sequence, log.size());
    appended.offset = place->second;
    if (!is_new) return appended;
    producer.last = request.sequence;
  }
  for (std::string& message : messages_in(request.messages)) log.push_back(std::move(message));
  group_counts.push_back(request.count);
  return appended;
}

// ---- one member

FakeMember::FakeMember(FakeCluster& cluster, asio::io_context& io, std::size_t place)
    : cluster_(cluster), io_(io), place_(place), acceptor_(io) {}

LeaderInfo FakeMember::info() const { return {NodeId{place_ + 1}, address_}; }

bool FakeMember::leads() const { return cluster_.leader_ == place_; }

void FakeMember::listen() {
  const asio::ip::tcp::endpoint endpoint(asio::ip::address_v4::loopback(), port_);
  acceptor_.open(endpoint.protocol());
  acceptor_.set_option(asio::socket_base::reuse_address(true));
  acceptor_.bind(endpoint);
  acceptor_.listen();
  port_ = acceptor_.local_endpoint().port();
  address_ = "127.0.0.1:" + std::to_string(port_);
  asio::co_spawn(
      io_, [self = shared_from_this()] { return self->accept_loop(); }, asio::detached);
}

void FakeMember::die() {
  asio::error_code ignored;
  acceptor_.close(ignored);
  for (const auto& each : peers_) {
    if (const auto peer = each.lock()) peer->socket.close(ignored);
  }
  peers_.clear();
}

void FakeMember::restart() { listen(); }

asio::awaitable<void> FakeMember::accept_loop() {
  while (acceptor_.is_open()) {
    auto [error, socket] = co_await acceptor_.async_accept(as_result);
    if (error) co_return;
    connections_accepted += 1;
    const auto peer = std::make_shared<Peer>(std::move(socket));
    peers_.push_back(peer);
    asio::co_spawn(
        io_, [self = shared_from_this(), peer] { return self->serve(peer); }, asio::detached);
  }
}

asio::awaitable<void> FakeMember::serve(std::shared_ptr<Peer> peer) {
  while (peer->socket.is_open()) {
    const auto space = asio::buffer(peer->input.space().data(), peer->input.space().size());
    auto [error, size] = co_await peer->socket.async_read_some(space, as_result);
    if (error) co_return;
    peer->input.grew(size);
    for (;;) {
      FrameReader::Next next = peer->input.next();
      if (!std::holds_alternative<Frame>(next)) break;
      const Frame& frame = std::get<Frame>(next);
      auto request = decode(frame.line.text(), frame.body);
      if (!request) {
        co_await write(peer, request.error().answer, request.error().id);
        continue;
      }
      if (is_silent) continue;
      if (const auto* tailing = std::get_if<TailRequest>(&request->packet)) {
        co_await tail(peer, *tailing);
        continue;
      }
      std::optional<Packet> answer = answer_to(request->packet);
      if (answer) co_await write(peer, std::move(*answer), request->id);
    }
  }
}

asio::awaitable<void> FakeMember::write(std::shared_ptr<Peer> peer, Packet packet, std::string id) {
  const Bytes all = joined(encode(packet, id));
  for (std::size_t from = 0; from < all.size() && peer->socket.is_open();) {
    const std::size_t bytes = std::min(write_bytes_max, all.size() - from);
    const auto piece = asio::buffer(all.data() + from, bytes);
    auto [error, written] = co_await asio::async_write(peer->socket, piece, as_result);
    if (error) co_return;
    from += bytes;
  }
}

asio::awaitable<void> FakeMember::tail(std::shared_ptr<Peer> peer, TailRequest request) {
  const Offset end = request.limit ? request.from + *request.limit : Offset{SIZE_MAX};
  Offset next = request.from;
  while (peer->socket.is_open()) {
    while (next < std::min<Offset>(end, cluster_.log.size())) {
      const Offset to = std::min<Offset>({end, cluster_.log.size(), next + tail_messages_max});
      GroupBuilder body;
      Messages messages;
      messages.offset = next;
      for (; next < to; ++next) body.add(cluster_.log[next]);
      messages.count = body.count();
      messages.times_ms.assign(messages.count, 1'700'000'000'000);
      messages.body.push_back(body.take());
      Packet packet = std::move(messages);
      co_await write(peer, std::move(packet), std::string());
      if (!peer->socket.is_open()) co_return;
    }
    if (!request.follow || next >= end) break;
    asio::steady_timer timer(io_, look_again);
    co_await timer.async_wait(as_result);
  }
  End last;
  last.next = next;
  last.reason = next >= end ? "limit" : "caught-up";
  Packet packet = std::move(last);
  co_await write(peer, std::move(packet), std::string());
}

std::optional<Packet> FakeMember::answer_to(const Packet& request) {
  if (std::holds_alternative<LeaderRequest>(request)) {
    LeaderAnswer answer;
    answer.leader = believes_in ? believes_in : cluster_.leader();
    answer.ballot.round = cluster_.round_;
    return answer;
  }
  if (std::holds_alternative<StatusRequest>(request)) return status();
  if (std::holds_alternative<MembersRequest>(request)) return members();
  if (!leads()) {
    ErrorAnswer answer = error_answer(cluster_.leader() ? ErrorCode::not_leader : ErrorCode::no_leader);
    answer.leader = cluster_.leader();
    return answer;
  }
  if (std::holds_alternative<RegisterRequest>(request)) {
    Registered registered;
    registered.producer = ProducerId(static_cast<std::uint64_t>(++cluster_.registrations));
    cluster_.producers_[registered.producer];
    return registered;
  }
  if (const auto* append = std::get_if<AppendRequest>(&request)) return answer_to_append(*append);
  return Done{};
}

std::optional<Packet> FakeMember::answer_to_append(const AppendRequest& request) {
  appends_received += 1;
  if (instead_of_storing) {
    if (std::optional<Packet> answer = instead_of_storing(request)) return answer;
  }
  Packet answer = cluster_.store(request);
  if (!appends_until_death) return answer;
  if (--*appends_until_death == 0) {
    appends_until_death.reset();
    die();
  }
  return std::nullopt;
}

Packet FakeMember::status() const {
  StatusAnswer answer;
  answer.cluster = "fake";
  answer.id = info().id;
  answer.leader = cluster_.leader();
  answer.next_offset = cluster_.log.size();
  answer.members = std::get<MembersAnswer>(members()).members;
  return answer;
}

Packet FakeMember::members() const {
  MembersAnswer answer;
  for (const auto& each : cluster_.members_) {
    MemberStatus member;
    member.id = each->info().id;
    member.address = each->address();
    member.vote = true;
    member.leads = each->leads();
    member.reachable = each->acceptor_.is_open();
    answer.members.push_back(member);
  }
  return answer;
}

}  // namespace bellwether::client
