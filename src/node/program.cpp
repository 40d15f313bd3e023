#include "node/program.hpp"

#include <algorithm>
#include <asio/post.hpp>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <utility>
#include <variant>

#include "base/random_name.hpp"
#include "node/bootstrap.hpp"
#include "node/descriptors.hpp"
#include "node/log.hpp"
#include "node/refusals.hpp"
#include "node/rejoining.hpp"
#include "node/start_check.hpp"
#include "storage/folder.hpp"
#include "storage/forced_reset.hpp"

namespace bellwether::node {
namespace {

constexpr std::chrono::milliseconds last_answers_within{50};
constexpr std::chrono::seconds progress_every{2};
constexpr std::chrono::milliseconds who_is_there_within{
    500};  // as long as a start is held up by dead addresses

std::string contacts_of(const storage::Identity& identity) {
  std::vector<LeaderInfo> members;
  for (const auto& [id, address] : identity.contacts) members.push_back({id, address});
  return names_of(members);
}

std::string in_mib(std::uint64_t bytes) { return std::to_string(bytes / (1024 * 1024)) + " MiB"; }

std::string why_no_log(const Error& error) {
  if (!storage::is_no_room(error.code)) return error.what;
  return "there is no room for the log: " + error.what + "; a first start needs " +
         in_mib(storage::LogOptions{}.segment_bytes) + " on that disk, and as much again soon after";
}

std::function<void(double)> progress_reports() {
  return [next = std::chrono::steady_clock::now() + progress_every](double share) mutable {
    if (std::chrono::steady_clock::now() < next) return;
    next = std::chrono::steady_clock::now() + progress_every;
    log::info("reading the log: " + std::to_string(static_cast<int>(share * 100)) + " %");
  };
}

}  // namespace

Program::Program(Options options, MakeHttp make_http)
    : options_(std::move(options)), make_http_(std::move(make_http)), token_(random_name()) {}

Program::~Program() = default;

int Program::run() {
  if (open_directory() && open_log_of_member() && listen()) {
    watch_signals();
    begin();
    io_.run();
  }
  if (log_) log_->store->close();
  joins_anew_ = options_.rejoin && !signalled_ &&
                ((node_ && node_->was_removed_while_away()) || begins_to_join_successor());
  node_.reset();
  return status_;
}

// ---- what is there
bool Program::open_directory() {
  auto directory = storage::DataDirectory::open(options_.data_directory);
  if (!directory) return fail(directory.error().what), false;
  directory_.emplace(*std::move(directory));
  const auto begun = directory_->read_rejoin();
  auto identity = directory_->read_identity();
  if (begun && *begun) {
    return resume_rejoin(**begun, std::move(identity).value_or(std::optional<storage::Identity>()));
  }
  if (!identity) return on_damage(identity.error());
  identity_ = *std::move(identity);
  if (!begun) return on_damage(begun.error());
  if (identity_) return true;
  const auto unused = check_log_of_nobody(*directory_);
  return unused || on_damage(unused.error());
}

// The identity is its last word but one: if it is there, the rejoin was cut short at its very end.
bool Program::resume_rejoin(const storage::Rejoin& begun, std::optional<storage::Identity> identity) {
  if (!identity || identity->token != begun.token) {
    rejoin_ = begun;
    return true;
  }
  if (const auto ended = directory_->end_rejoin(); !ended) return fail(ended.error().what), false;
  identity_ = std::move(identity);
  return true;
}

// What this node had is set aside once the cluster that goes on has taken it as a new member, and not before.
bool Program::begins_to_join_successor() {
  if (!node_ || !node_->successor()) return false;
  const auto begun = begin_rejoin_into(*directory_, *identity_, *node_->successor(), token_);
  if (!begun) log::fatal(begun.error().what);
  return begun.has_value();
}

bool Program::open_log_of_member() {
  if (!is_member()) return true;
  if (options_.rejoin) {
    const auto whole = check_whole_log(*directory_);
    if (!whole && is_damage(whole.error())) return on_damage(whole.error());
    if (whole) log::info("every record of the log is whole: --rejoin changes nothing");
  }
  const auto opened = open_log();
  return opened || on_damage(opened.error());
}

// What was promised cannot be read: never again under this id (S4).
bool Program::on_damage(const Error& damage) {
  if (!is_damage(damage)) return fail(damage.what), false;
  if (!options_.rejoin) return fail(with_way_out(damage)), false;
  auto begun = begin_rejoin(*directory_, identity_, token_);
  if (!begun) return fail(begun.error().what), false;
  log::warn(
      damage.what + ". --rejoin: this node joins as a new member in the place of " +
      (begun->old == nobody ? "the one that had its address" : "node " + std::to_string(number(begun->old))));
  rejoin_ = *std::move(begun);
  identity_.reset();
  return true;
}

Result<void> Program::open_log() {
  storage::LogOptions log_options;
  log_options.may_create = !identity_;
  log_options.retention = options_.retention;
  if (identity_) {
    log_options.self = identity_->id;
    log_options.has_others = std::ranges::any_of(
        identity_->contacts, [this](const auto& contact) { return contact.first != identity_->id; });
  }
  auto opened =
      storage::LogStore::open(directory_->log_path(), log_options, disk_events(), progress_reports());
  if (!opened && opened.error().code == std::errc::no_such_file_or_directory && identity_) {
    return failure(opened.error().code, "node " + std::to_string(number(identity_->id)) +
                                            " has lost its log: " + directory_->log_path().string() +
                                            " is missing, and with it what this node has promised");
  }
  if (!opened) return failure(opened.error().code, why_no_log(opened.error()));
  if (opened->state.is_removed()) {
    identity_->membership = storage::Membership::removed;
    opened->store->close();
    return {};
  }
  if (const auto reset = identity_ ? storage::unfinished_reset(opened->state, *identity_) : std::nullopt) {
    opened->store->close();
    return failure(std::errc::operation_canceled,
                   "a recovery of " + directory_->path().string() +
                       " was cut short: its log goes on as that of cluster " + reset->cluster +
                       ", and identity.json is that of " + reset->former +
                       " still. Run bellwetherctl recover again, which finishes it; there is no way back");
  }
  say_what_was_found(*opened);
  log_.emplace(*std::move(opened));
  return {};
}

bool Program::listen() {
  transport::ConnectionLimits limits;
  limits.connections_max = connections_within_limit(limits.connections_max);
  auto listener = transport::Listener::open(io_, options_.bind, options_.port, reception_, limits);
  if (!listener) return fail(listener.error().what), false;
  listener_ = *std::move(listener);
  listener_->speak_http(make_http_(service_));
  metrics_.add([this](metrics::Exposition& exposition) { tell_connections(exposition); });
  listener_->start();
  if (!is_loopback(options_.bind)) {
    log::warn("listening on " + options_.bind +
              ", which other machines may reach: there is no authentication yet, so "
              "whoever can connect can read, write and join");
  }
  return true;
}

void Program::tell_connections(metrics::Exposition& exposition) const {
  exposition.gauge("bellwether_connections", "Open connections to this node.",
                   static_cast<double>(listener_->connections()));
  exposition.counter("bellwether_connections_accepted_total",
                     "Connections that came in, those included that were turned away.",
                     static_cast<double>(listener_->accepted()));
}

bool Program::is_member() const { return identity_ && identity_->membership == storage::Membership::member; }

void Program::begin() {
  const auto identity = is_member() ? identity_ : std::nullopt;
  auto addresses = addresses_to_ask(options_, identity);
  if (addresses.empty()) return go_on();
  auto done = [this, identity](const std::vector<Inquiry::Finding>& findings) {
    if (exiting_) return;
    const auto former = log_ ? log_->state.decided_state().former() : std::vector<std::string>();
    const auto obstacle = why_not_to_start(options_, identity, former, findings);
    if (obstacle) return fail(*obstacle);
    go_on();
  };
  std::make_shared<Inquiry>(io_, std::move(addresses), who_is_there_within, std::move(done))->start();
}

void Program::go_on() {
  if (is_member()) return start_node();
  join();
}

storage::LogStore::Events Program::disk_events() {
  storage::LogStore::Events events;
  events.on_durable = [this](RecordNumber upto) {
    asio::post(io_, [this, upto] {
      if (node_) node_->on_durable(upto);
    });
  };
  events.on_failure = [](const Error& error) {  // S5: nothing more is sent, so nothing is tidied up either
    const bool is_full = storage::is_no_room(error.code);
    log::fatal((is_full ? "the disk is full, this node stops at once: "
                        : "the disk is not to be trusted any more, this node stops at once: ") +
               error.what);
    std::_Exit(exit_status::failed);
  };
  events.on_side_failure = [](const Error& error) {
    log::warn(
        "a file that the log does without for now could not be written; the next start may take longer. "
        "Look whether the disk has room and is well: " +
        error.what);
  };
  events.on_room_missing = [segment = storage::LogOptions{}.segment_bytes,
                            beside = storage::LogStore::left_for_side_files](const Error& error,
                                                                             std::uint64_t left) {
    log::warn(
        error.what + ". " + in_mib(left) +
        " are left for messages, then none are taken here any more; the rest is kept for votes and members. "
        "Make " +
        in_mib(segment + beside) +
        " of room on that disk: it is looked for every second, and this node goes on by itself");
  };
  events.on_damage = [this](const storage::Damage& damage) {
    asio::post(io_, [this, damage] {
      if (node_) node_->on_damage(damage);
    });
  };
  events.on_room = [] { log::info("there was room for the log's next segment"); };
  events.on_sync = [this](std::chrono::nanoseconds took) {
    metrics_.on_sync(took);
    if (took <= storage::LogStore::slow_sync) return;
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
    log::warn("the disk took " + std::to_string(ms) + " ms to make a write durable (the heartbeat is " +
              std::to_string(options_.heartbeat.count()) + " ms): messages are acknowledged that much later");
  };
  return events;
}

void Program::say_what_was_found(const storage::LogStore::Opened& opened) const {
  const auto first = opened.store->base().next_offset;
  const auto next = opened.state.next_offset();
  std::string text =
      "found " + std::to_string(opened.state.last() - opened.report.base) + " entries in " +
      directory_->log_path().string() + " (" + std::to_string(opened.report.bytes) + " bytes), " +
      (next == first ? std::string("no message")
                     : "messages " + std::to_string(first) + " to " + std::to_string(next - 1));
  if (opened.report.checkpoint > 0) {
    text += "; read from the checkpoint of entry " + std::to_string(opened.report.checkpoint) + " on";
  }
  if (opened.report.torn_bytes > 0) {
    text += "; " + std::to_string(opened.report.torn_bytes) +
            " bytes of an unfinished write were cut off at the end";
  }
  log::info(text);
  for (const std::string& note : opened.report.notes) log::warn(note);
}

// ---- becoming a member
void Program::join() {
  if (rejoin_) token_ = rejoin_->token;
  reception_.joins_as(token_);
  Join request;
  request.token = token_;
  request.address = options_.advertise;
  request.priority = options_.priority;
  request.stays_learner = options_.stays_learner;
  Joiner::Search search;
  for (const auto& seed : options_.seeds) search.seeds.push_back(transport::to_string(seed));
  if (rejoin_) {
    request.cluster = rejoin_->cluster;
    if (rejoin_->old != nobody) request.replaces = rejoin_->old;
    for (const auto& [id, address] : rejoin_->contacts) {
      if (address != options_.advertise) search.seeds.push_back(address);
    }
  }
  if (options_.rejoin && identity_ && identity_->membership == storage::Membership::removed) {
    request.cluster = identity_->cluster;
    for (const auto& [id, address] : identity_->contacts) search.seeds.push_back(address);
    log::info("--rejoin: node " + std::to_string(number(identity_->id)) +
              " was removed from its cluster; this node joins it again as a new member");
  }
  search.timeout = options_.join_timeout;
  search.starts_cluster_otherwise = options_.make_master_on_error && !identity_ && !rejoin_;
  if (search.starts_cluster_otherwise) reception_.may_start_cluster();
  joiner_ = std::make_shared<Joiner>(io_, std::move(request), std::move(search),
                                     [this](Joiner::Outcome outcome) { on_joined(std::move(outcome)); });
  joiner_->start();
}

void Program::on_joined(Joiner::Outcome outcome) {
  if (exiting_) return;
  if (const auto* joined = std::get_if<Joined>(&outcome)) return become_member(*joined);
  if (const auto* refused = std::get_if<Joiner::Refused>(&outcome))
    return fail("the join was refused: " + refused->why);
  on_nobody(std::get<Joiner::Unreached>(outcome).tried);
}

void Program::become_member(const Joined& joined) {
  if (rejoin_ ? !set_damaged_contents_aside() : !set_old_directory_aside()) return;
  storage::Identity identity;
  identity.cluster = joined.cluster;
  identity.key = joined.key;
  identity.epoch = joined.epoch;
  identity.token = token_;
  identity.id = joined.id;
  for (const auto& member : joined.members) identity.contacts.emplace_back(member.id, member.address);
  const auto opened = open_log();  // before the identity, which says that there is a log
  if (!opened) return fail(opened.error().what);
  const auto written = directory_->write_identity(identity);
  if (!written) return fail(why_no_log(written.error()));
  identity_ = std::move(identity);
  if (rejoin_) {  // over before this node does anything under its new id
    if (const auto ended = directory_->end_rejoin(); !ended) return fail(ended.error().what);
  }
  start_node();
}

void Program::on_nobody(const std::string& tried) {
  if (rejoin_) {
    return fail("this node joins again as a new member (--rejoin), and no member could be reached: " + tried +
                    "; start the others first, or name one by --clusterip. What is in its directory "
                    "stays as it is until then",
                exit_status::nobody_to_join);
  }
  if (identity_) {
    const auto* how = identity_->membership == storage::Membership::left ? " left" : " was removed from";
    return fail("node " + std::to_string(number(identity_->id)) + how +
                    " its cluster, and no member could be reached: " + tried +
                    "; start one of the members that remained first: " + contacts_of(*identity_),
                exit_status::nobody_to_join);
  }
  if (options_.make_master_on_error) return start_cluster();
  fail("no member of a cluster could be reached: " + tried +
           "; --makeMasterOnError starts a new cluster with this node as its master",
       exit_status::nobody_to_join);
}

// What an earlier member, or a start that was cut short, left behind.
bool Program::set_old_directory_aside() {
  const bool unfinished = !identity_ && std::filesystem::exists(directory_->log_path());
  if (!identity_ && !unfinished) return true;
  const auto id = identity_ ? std::to_string(number(identity_->id)) : std::string();
  const bool left = identity_ && identity_->membership == storage::Membership::left;
  const auto suffix = unfinished ? std::string("unfinished") : (left ? "left-" : "removed-") + id;
  const auto kept = directory_->set_aside(suffix);
  if (!kept) return fail(kept.error().what), false;
  log::info("the old directory is kept as " + kept->string() + "; this node is a new member");
  identity_.reset();
  return true;
}

bool Program::set_damaged_contents_aside() {
  const auto kept = directory_->set_contents_aside(*rejoin_);
  if (!kept) return fail(kept.error().what), false;
  log::info("what was in the directory is kept in " + kept->string() + "; this node is a new member");
  return true;
}

void Program::start_cluster() {
  if (!set_old_directory_aside()) return;
  auto identity = found_cluster(*directory_, options_.advertise, options_.priority);
  if (!identity) return fail(why_no_log(identity.error()));
  identity_ = *std::move(identity);
  log::info("nobody could be reached: this node starts the new cluster " + identity_->cluster);
  if (const auto opened = open_log(); !opened) return fail(opened.error().what);
  start_node();
}

void Program::start_node() {
  log::set_node(identity_->id);
  log::info("listening on " + options_.bind + ":" + std::to_string(options_.port) +
            (log_->state.last() == 0 ? ", joined" : ""));
  node_ = std::make_unique<Node>(io_, options_, *directory_, *identity_, *log_->store, log_->state, metrics_,
                                 [this](int status) { exit(status); });
  service_.hand_over_to(node_->service());
  reception_.hand_over_to(node_->packets());
}

// ---- the end
void Program::watch_signals() {
  signals_.add(SIGINT);
  signals_.add(SIGTERM);
  signals_.async_wait([this](const std::error_code& error, int signal) {
    if (error) return;
    on_signal(signal);
    watch_signals();
  });
}

void Program::on_signal(int signal) {
  if (std::exchange(signalled_, true)) {
    log::fatal("a second signal: stopped at once");
    std::_Exit(exit_status::failed);
  }
  if (!node_) return exit(exit_status::done);
  const bool leave = signal == SIGINT || options_.leave_on_terminate;
  node_->depart(leave ? Departure::Way::leave : Departure::Way::stop);
}

void Program::fail(const std::string& why, int status) {
  log::fatal(why);
  exit(status);
}

void Program::exit(int status) {
  if (std::exchange(exiting_, true)) return;
  status_ = status;
  if (listener_) listener_->stop();
  exit_timer_.expires_after(last_answers_within);
  exit_timer_.async_wait([this](const std::error_code&) { io_.stop(); });
}

}  // namespace bellwether::node
