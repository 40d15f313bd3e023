// node/node.hpp: one running member: the wiring of core, disk, peers, clients, printer and notices. It
// takes no decision of the protocol.
// Threads: the I/O thread.
#pragma once

#include <asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "node/catch_up.hpp"
#include "node/clock_watch.hpp"
#include "node/compactor.hpp"
#include "node/departure.hpp"
#include "node/dispatcher.hpp"
#include "node/engine.hpp"
#include "node/id_conflict.hpp"
#include "node/inbound.hpp"
#include "node/member_names.hpp"
#include "node/member_search.hpp"
#include "node/member_service.hpp"
#include "node/metrics.hpp"
#include "node/notices.hpp"
#include "node/options.hpp"
#include "node/peers.hpp"
#include "node/printer.hpp"
#include "node/recovered_elsewhere.hpp"
#include "node/repairs.hpp"
#include "node/requests.hpp"
#include "node/tails.hpp"
#include "storage/data_directory.hpp"
#include "storage/log_store.hpp"

namespace bellwether::node {

class Node {
 public:
  using OnExit = std::function<void(int status)>;  // the program's exit status; once

  Node(asio::io_context& io, const Options& options, storage::DataDirectory& directory,
       storage::Identity identity, storage::LogStore& store, const replication::StableState& stable,
       Metrics& metrics, OnExit on_exit);

  transport::PacketHandler& packets() { return dispatcher_; }
  Service& service() { return service_; }
  void on_durable(RecordNumber upto) { engine_.on_durable(upto); }
  void on_damage(const storage::Damage& damage);
  void depart(Departure::Way way);
  // It learned so before it saw a leader: whoever is removed while it runs is wanted gone.
  bool was_removed_while_away() const { return removed_ && !departure_ && !had_leader_; }
  // The cluster that goes on in the place of this node's one, if there is just one; that is why it stops.
  const std::optional<Successor>& successor() const { return successor_; }

 private:
  Engine::Events engine_events();
  Peers::Events peer_events();
  Dispatcher::Events dispatcher_events();

  void on_installed(const replication::Snapshot& snapshot);
  void on_decided(const replication::DecidedEntry& decided);
  void on_step();
  void tell_metrics(metrics::Exposition& exposition);  // of a scrape
  void on_readable();
  void on_hello(const Hello& hello);
  void on_refused(NodeId peer, const ErrorAnswer& why);
  void on_answers(const std::vector<Inquiry::Finding>& findings);
  void follow_configuration();
  void link();
  void on_departed(Departure::Result result);
  void on_removed();
  void on_given_up(const std::vector<Successor>& successors);
  void on_stolen_id(NodeId peer);
  void mark(storage::Membership membership);  // in the directory

  asio::io_context& io_;
  storage::DataDirectory& directory_;
  storage::Identity identity_;
  OwnName own_;
  Metrics& metrics_;
  OnExit on_exit_;
  std::unique_ptr<Printer> printer_;  // none: quiet
  Notices notices_;
  Requests requests_;
  Peers peers_;
  Inbound inbound_;
  Engine engine_;
  Tails tails_;
  Repairs repairs_;
  Compactor compactor_;
  CatchUp catch_up_;
  Dispatcher dispatcher_;
  MemberService service_;
  std::shared_ptr<Departure> departure_;
  using Configuration = std::pair<Index, Ballot>;  // the entry that changed the members last
  std::optional<Configuration> linked_;            // what the links were made for
  std::map<NodeId, std::string> refusals_;         // the last one of each peer, so that it is said once
  std::map<NodeId, std::string> wanted_;           // and with whom
  RecoveredElsewhere recovered_elsewhere_;
  std::optional<Successor> successor_;
  bool is_given_up_ = false;
  MemberSearch search_;
  MemberSearch::Addresses found_;  // beside the configuration, until the next one
  IdConflict id_conflict_;
  MemberNames names_;
  ClockWatch clocks_;
  bool has_new_decided_ = false;
  bool removed_ = false;
  bool had_leader_ = false;
};

}  // namespace bellwether::node
