#include "node/node.hpp"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/random_name.hpp"
#include "base/wall_clock.hpp"
#include "node/log.hpp"
#include "node/member_metrics.hpp"
#include "node/refusals.hpp"
#include "state/state_encoding.hpp"
#include "transport/address.hpp"

namespace bellwether::node {
namespace {

OwnName own_name(const Options& options, const storage::Identity& identity,
                 const replication::StableState& stable) {
  OwnName own;
  own.cluster = identity.cluster;
  own.epoch = identity.epoch;
  own.former = stable.decided_state().former();
  own.key = identity.key;
  own.id = identity.id;
  own.incarnation = random_number();
  own.address = options.advertise;
  own.priority = options.priority;
  return own;
}

replication::Options core_options(const Options& options, const storage::Identity& identity) {
  replication::Options core;
  core.self = identity.id;
  core.incarnation = random_number();
  core.priority = options.priority;
  core.heartbeat = static_cast<replication::Ticks>(options.heartbeat.count());
  core.evict_rounds = options.evict_rounds;
  for (const auto& [id, address] : identity.contacts) {
    if (id != identity.id) core.contacts.insert(id);
  }
  return core;
}

std::unique_ptr<Printer> printer_for(const Options& options) {
  if (options.quiet) return nullptr;
  return std::make_unique<Printer>(STDOUT_FILENO, [](std::uint64_t skipped) {
    log::warn(std::to_string(skipped) + " messages were not printed: nobody reads stdout fast enough");
  });
}

std::vector<std::string> seed_addresses(const Options& options) {
  std::vector<std::string> addresses;
  for (const auto& seed : options.seeds) addresses.push_back(transport::to_string(seed));
  return addresses;
}

// A process is taken for dead when it is not heard for that long; its id is free for the next start then.
std::chrono::milliseconds alive_within(const Options& options) {
  return std::max(options.heartbeat * 5, std::chrono::milliseconds(500));
}

}  // namespace

Node::Node(asio::io_context& io, const Options& options, storage::DataDirectory& directory,
           storage::Identity identity, storage::LogStore& store, const replication::StableState& stable,
           Metrics& metrics, OnExit on_exit)
    : io_(io),
      directory_(directory),
      identity_(std::move(identity)),
      own_(own_name(options, identity_, stable)),
      metrics_(metrics),
      on_exit_(std::move(on_exit)),
      printer_(printer_for(options)),
      notices_(identity_.id, options.heartbeat, options.stays_learner),
      peers_(io, own_, peer_events()),
      inbound_(own_, alive_within(options)),
      engine_(io, core_options(options, identity_), stable, store, engine_events()),
      tails_(io, engine_, requests_),
      repairs_(io, engine_, [this] { on_readable(); }),
      compactor_(io, engine_),
      catch_up_(identity_.id),
      dispatcher_(io, own_,
                  StatusSource{engine_.replica(), identity_.id, options.heartbeat, identity_.cluster},
                  engine_, requests_, tails_, inbound_, metrics, dispatcher_events()),
      service_(io, StatusSource{engine_.replica(), identity_.id, options.heartbeat, identity_.cluster},
               engine_, requests_, tails_, metrics),
      recovered_elsewhere_(options.seeds_are_given ? seed_addresses(options) : std::vector<std::string>()),
      search_(io, seed_addresses(options),
              [this](const std::vector<Inquiry::Finding>& findings) { on_answers(findings); }) {
  names_.hear(own_.id, own_.address, own_.priority);
  follow_configuration();
  engine_.finish();
  metrics_.add([this](metrics::Exposition& exposition) { tell_metrics(exposition); });
}

Engine::Events Node::engine_events() {
  Engine::Events events;
  events.send = [this](NodeId to, Message message) { peers_.send(to, std::move(message)); };
  events.on_installed = [this](const replication::Snapshot& snapshot) { on_installed(snapshot); };
  events.on_decided = [this](const replication::DecidedEntry& decided) { on_decided(decided); };
  events.on_answer = [this](const replication::ClientAnswer& answer) { dispatcher_.on_answer(answer); };
  events.on_role_change = [this](const replication::RoleChange& change) {
    metrics_.on_role_change(change.role);
  };
  events.on_repaired = [this](std::vector<replication::RepairedEntry> entries) {
    repairs_.on_repaired(std::move(entries));
  };
  events.on_notice = [](const std::string& text) { log::info(text); };
  events.on_step = [this] { on_step(); };
  return events;
}

Peers::Events Node::peer_events() {
  Peers::Events events;
  events.on_up = [this](NodeId peer) {
    refusals_.erase(peer);
    recovered_elsewhere_.forget(peer);
    id_conflict_.on_up(peer);
    engine_.begin().on_link_up(peer);
    engine_.finish();
  };
  events.on_down = [this](NodeId peer) {
    id_conflict_.on_down(peer);
    engine_.begin().on_link_down(peer);
    engine_.finish();
  };
  events.on_refused = [this](NodeId peer, const ErrorAnswer& why) { on_refused(peer, why); };
  return events;
}

Dispatcher::Events Node::dispatcher_events() {
  Dispatcher::Events events;
  events.on_hello = [this](const Hello& hello) { on_hello(hello); };
  events.on_accept = [this](const Accept& accept) {
    catch_up_.hear(accept.decided);
    service_.hear(accept.decided);
  };
  events.on_silent = [this](NodeId peer) { peers_.on_silent(peer); };
  return events;
}

void Node::on_installed(const replication::Snapshot& snapshot) {
  has_new_decided_ = true;
  log::info("a snapshot took the place of the log up to message " +
            std::to_string(state::next_offset_in(snapshot.state.span())) +
            ": the messages before it are not kept here" + (printer_ ? ", nor printed" : ""));
}

void Node::on_decided(const replication::DecidedEntry& decided) {
  has_new_decided_ = true;
  metrics_.on_decided(*decided.entry);
  if (printer_ && engine_.replica().role() == replication::Role::leader)
    printer_->print(decided.offset, decided.entry);
  notices_.on_decided(decided, engine_.replica());
}

// ---- entries that cannot be read any more
void Node::on_damage(const storage::Damage& damage) {
  if (repairs_.on_damage(damage)) return;
  log::fatal("this node cannot read what is not decided yet, and stops: " + damage.what);
  engine_.stop();
  on_exit_(1);
}

void Node::on_readable() {
  tails_.on_readable();
  engine_.finish();
}

void Node::on_step() {
  follow_configuration();
  names_.correct(engine_.begin());
  if (std::exchange(has_new_decided_, false)) tails_.advance();
  service_.on_step();
  notices_.on_step(engine_.replica());
  catch_up_.on_step(engine_.replica(), engine_.store());
  metrics_.on_step(engine_.replica().leader());
  const bool has_leader = engine_.replica().leader().has_value();
  had_leader_ = had_leader_ || has_leader;
  if (!departure_) search_.on_step(has_leader, wanted_);
  if (engine_.replica().is_removed() && !std::exchange(removed_, true)) on_removed();
  const auto successors = recovered_elsewhere_.on_step(has_leader, RecoveredElsewhere::Clock::now());
  if (!successors.empty()) on_given_up(successors);
}

void Node::tell_metrics(metrics::Exposition& exposition) {
  const auto& replica = engine_.replica();
  const auto& store = engine_.store();
  Holdings holdings;
  holdings.log_bytes = store.position_behind(replica.last()) - store.position_behind(replica.base());
  holdings.unsynced_bytes = store.unsynced_bytes();
  holdings.undecided_bytes = replica.undecided_bytes();
  add_member(exposition, service_.standing(), holdings);
}

// ---- members
void Node::on_hello(const Hello& hello) {
  peers_.on_hello(hello);
  names_.hear(hello.from, hello.address, hello.priority);
  if (const auto wrong = clocks_.hear(hello.from, hello.clock_ms, wall_clock_ms())) log::warn(*wrong);
}

void Node::on_refused(NodeId peer, const ErrorAnswer& why) {
  auto& last = refusals_[peer];
  const bool is_member = engine_.replica().tail_state().members().has(peer);
  if (std::exchange(last, why.message) != why.message && is_member) {
    log::warn("node " + std::to_string(number(peer)) + " refuses this node: " + why.message +
              (why.hint.empty() ? "" : "; " + why.hint));
  }
  if (why.code == ErrorCode::id_in_use && id_conflict_.on_id_in_use(IdConflict::Clock::now()))
    return on_stolen_id(peer);
  if (!why.recovered_as.empty() && wanted_.contains(peer))
    recovered_elsewhere_.hear({why.recovered_as, {peer, wanted_.at(peer)}});
  if (why.code != ErrorCode::removed) return;
  engine_.begin().on_message(peer, Removed{});
  engine_.finish();
}

// Links to everybody in the configuration, and to the contacts of the join unless the log says that they are
// gone.
void Node::follow_configuration() {
  const auto& replica = engine_.replica();
  const auto& members = replica.tail_state().members();
  // Below the base no ballot is known: what is there is decided.
  const Index changed_at = members.changed_at();
  const Configuration current{changed_at,
                              changed_at <= replica.base() ? Ballot() : replica.ballot_at(changed_at)};
  if (linked_ == current) return;
  linked_ = current;
  found_.clear();
  names_.on_configuration();
  link();
}

void Node::on_answers(const std::vector<Inquiry::Finding>& findings) {
  if (departure_) return;
  for (const auto& successor : successors_among(identity_.cluster, findings))
    recovered_elsewhere_.hear(successor);
  auto found = addresses_in(findings, identity_.cluster);
  if (found.empty() || found == found_) return;
  found_ = std::move(found);
  link();
}

void Node::link() {
  const auto& members = engine_.replica().tail_state().members();
  std::map<NodeId, std::string> wanted;
  for (const auto& [id, address] : identity_.contacts) wanted[id] = address;
  for (const auto& [id, address] : found_) wanted[id] = address;
  std::erase_if(wanted, [&](const auto& other) { return members.knows_removed(other.first); });
  for (const auto& [id, member] : members.all()) {
    if (!found_.contains(id)) wanted[id] = member.address;
  }
  wanted.erase(identity_.id);
  // A member of former times had the address that this node has now.
  std::erase_if(wanted, [this](const auto& other) { return other.second == own_.address; });
  wanted_ = wanted;
  peers_.set_wanted(wanted);
}

// ---- the end
void Node::depart(Departure::Way way) {
  if (departure_) return;
  service_.leave();
  departure_ = std::make_shared<Departure>(io_, identity_.id, engine_, tails_,
                                           [this](Departure::Result result) { on_departed(result); });
  departure_->begin(way);
}

void Node::on_departed(Departure::Result result) {
  engine_.begin().give_up();
  engine_.finish();
  engine_.write_checkpoint();  // here, where the log has all that it covers
  engine_.stop();
  if (result == Departure::Result::left) {
    mark(storage::Membership::left);
    log::info("left the cluster; its directory is kept and set aside at the next start");
  } else if (result == Departure::Result::stopped) {
    log::info("stopped; this node stays a member and goes on where it was when it is started again");
  }
  on_exit_(result == Departure::Result::still_member ? 1 : 0);
}

void Node::on_removed() {
  if (departure_) return;  // which waits for exactly that
  log::error("this node was removed from the cluster and stops; started again it joins as a new member");
  mark(storage::Membership::removed);
  tails_.end_all("removed");
  on_exit_(1);
}

void Node::on_given_up(const std::vector<Successor>& successors) {
  if (departure_ || removed_ || std::exchange(is_given_up_, true)) return;
  if (successors.size() == 1) successor_ = successors.front();
  log::fatal(given_up(identity_.cluster, successors));
  tails_.end_all("leaving");
  on_exit_(1);
}

// Nothing is handed over: the members do not hear this process.
void Node::on_stolen_id(NodeId peer) {
  if (departure_) return;
  log::fatal(
      "another process runs as " + names_of({member_info(engine_.replica(), identity_.id)}) + ", " +
      names_of({member_info(engine_.replica(), peer)}) +
      " says, and this one stops: " + directory_.path().string() +
      " is a copy, or the copied one. Two nodes must not run on copies of one data directory; the copy has "
      "to be deleted");
  tails_.end_all("leaving");
  engine_.stop();
  on_exit_(1);
}

void Node::mark(storage::Membership membership) {
  identity_.membership = membership;
  identity_.contacts.clear();
  for (const auto& [id, member] : engine_.replica().tail_state().members().all()) {
    if (id != identity_.id) identity_.contacts.emplace_back(id, member.address);
  }
  const auto written = directory_.write_identity(identity_);
  if (!written) log::error(written.error().what);
}

}  // namespace bellwether::node
