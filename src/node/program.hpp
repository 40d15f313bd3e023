// node/program.hpp: the life of the process: directory, identity, log, port; then the same member again, a
// join, or a new cluster; then signals, and an end with a status that says how it went.
// Threads: the one that calls run(), which becomes the I/O thread.
#pragma once

#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "node/joiner.hpp"
#include "node/metrics.hpp"
#include "node/node.hpp"
#include "node/options.hpp"
#include "node/reception.hpp"
#include "node/service_reception.hpp"
#include "storage/data_directory.hpp"
#include "storage/log_store.hpp"
#include "transport/listener.hpp"

namespace bellwether::node {

namespace exit_status {
constexpr int done = 0;
constexpr int failed = 1;
constexpr int nobody_to_join = 3;
}  // namespace exit_status

class Program {
 public:
  // What speaks HTTP on the port: main knows, and this library does not.
  using MakeHttp = std::function<std::shared_ptr<transport::SessionMaker>(Service&)>;

  Program(Options options, MakeHttp make_http);
  ~Program();

  int run();  // the exit status
  // After run(): this node was removed while it was away, or its cluster recovered without it, and --rejoin wants a new
  // one in its place: run another Program.
  bool is_to_join_anew() const { return joins_anew_; }

 private:
  bool open_directory();
  bool resume_rejoin(const storage::Rejoin& begun, std::optional<storage::Identity> identity);
  bool begins_to_join_successor();
  bool open_log_of_member();
  bool on_damage(const Error& damage);  // true: it joins again
  Result<void> open_log();
  bool listen();
  void tell_connections(metrics::Exposition& exposition) const;  // of a scrape
  void begin();
  bool is_member() const;
  void go_on();

  void join();
  void on_joined(Joiner::Outcome outcome);
  void become_member(const Joined& joined);
  void on_nobody(const std::string& tried);
  bool set_old_directory_aside();
  bool set_damaged_contents_aside();
  void start_cluster();
  void start_node();

  storage::LogStore::Events disk_events();
  void say_what_was_found(const storage::LogStore::Opened& opened) const;
  void watch_signals();
  void on_signal(int signal);
  void fail(const std::string& why, int status = exit_status::failed);
  void exit(int status);

  Options options_;
  MakeHttp make_http_;
  asio::io_context io_{1};
  asio::signal_set signals_{io_};
  asio::steady_timer exit_timer_{io_};
  int status_ = exit_status::done;
  bool exiting_ = false;
  std::string token_;
  std::optional<storage::DataDirectory> directory_;
  std::optional<storage::Identity> identity_;  // of this start, or of a node that left this directory
  std::optional<storage::Rejoin> rejoin_;      // begun by this start or by an earlier one; then no identity_
  Metrics metrics_;                            // the log's threads count in it
  std::optional<storage::LogStore::Opened> log_;
  Reception reception_{metrics_};
  ServiceReception service_{metrics_};
  std::unique_ptr<transport::Listener> listener_;
  std::shared_ptr<Joiner> joiner_;
  std::unique_ptr<Node> node_;
  bool signalled_ = false;
  bool joins_anew_ = false;
};

}  // namespace bellwether::node
