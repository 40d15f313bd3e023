#include "own_cluster.hpp"

#include <sys/wait.h>

#include <algorithm>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

#include "child_process.hpp"
#include "client/request.hpp"

namespace bellwether::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::chrono::seconds together_within{30};
constexpr milliseconds answer_within{2000};
constexpr milliseconds asked_every{20};
constexpr std::size_t last_words_bytes = 2000;

std::optional<StatusAnswer> ask_for_status(const std::string& address) {
  asio::io_context io(1);
  std::optional<StatusAnswer> status;
  asio::co_spawn(io, client::ask_member(address, StatusRequest(), answer_within),
                 [&](std::exception_ptr, Result<Packet> answer) {
                   if (auto* found = answer ? std::get_if<StatusAnswer>(&*answer) : nullptr)
                     status = std::move(*found);
                 });
  io.run();
  return status;
}

void wait_a_moment() {
  asio::io_context io(1);
  asio::steady_timer timer(io, asked_every);
  timer.wait();
}

std::string last_words(const std::string& path) {
  std::ifstream file(path);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  return text.size() <= last_words_bytes ? text : text.substr(text.size() - last_words_bytes);
}

}  // namespace

Result<std::unique_ptr<Cluster>> Cluster::start(const OwnCluster& options) {
  std::string directory = options.parent_directory + "/bellwether-bench-XXXXXX";
  if (mkdtemp(directory.data()) == nullptr)
    return failure(std::error_code(errno, std::generic_category()),
                   "cannot make a directory in " + options.parent_directory);
  auto cluster = std::make_unique<Cluster>(directory);
  for (std::uint32_t i = 0; i < options.nodes; ++i) {
    Result<void> added = cluster->add_node(options);
    if (added) added = cluster->wait_for_voters();
    if (!added) return tl::unexpected(std::move(added.error()));
  }
  return cluster;
}

Cluster::~Cluster() {
  for (const Node& node : nodes_) {
    if (!node.exited) kill(node.process, SIGKILL);  // nobody needs their data any more
  }
  for (const Node& node : nodes_) {
    if (!node.exited) waitpid(node.process, nullptr, 0);
  }
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

std::vector<std::string> Cluster::addresses() const {
  std::vector<std::string> addresses;
  for (const Node& node : nodes_) addresses.push_back(node.address);
  return addresses;
}

std::vector<pid_t> Cluster::processes() const {
  std::vector<pid_t> processes;
  for (const Node& node : nodes_) processes.push_back(node.process);
  return processes;
}

Result<void> Cluster::check() {
  for (Node& node : nodes_) {
    if (node.exited || waitpid(node.process, nullptr, WNOHANG) == 0) continue;
    node.exited = true;
    return failure(std::errc::no_child_process,
                   "the node at " + node.address + " has exited:\n" + last_words(node.log));
  }
  return {};
}

Result<void> Cluster::add_node(const OwnCluster& options) {
  const std::string port = std::to_string(free_port());
  const std::string name = directory_ + "/node" + std::to_string(nodes_.size() + 1);
  Node node;
  node.address = "127.0.0.1:" + port;
  node.log = name + ".log";
  std::vector<std::string> words = {options.program,
                                    "--myport",
                                    port,
                                    "--data-dir",
                                    name,
                                    "--clusterip",
                                    nodes_.empty() ? node.address : nodes_.front().address};
  if (nodes_.empty()) words.insert(words.end(), {"--makeMasterOnError", "--join-timeout", "1"});
  words.insert(words.end(), options.node_flags.begin(), options.node_flags.end());
  Result<pid_t> process = start_process(words, node.log);
  if (!process) return tl::unexpected(std::move(process.error()));
  node.process = *process;
  nodes_.push_back(std::move(node));
  return {};
}

Result<void> Cluster::wait_for_voters() {
  const auto deadline = steady_clock::now() + together_within;
  while (steady_clock::now() < deadline) {
    if (Result<void> alive = check(); !alive) return alive;
    if (std::ranges::all_of(nodes_, [this](const Node& node) { return are_all_voters(node.address); }))
      return {};
    wait_a_moment();
  }
  return failure(std::errc::timed_out, "the nodes did not come together within " +
                                           std::to_string(together_within.count()) +
                                           " s; the last one said:\n" + last_words(nodes_.back().log));
}

bool Cluster::are_all_voters(const std::string& address) const {
  const std::optional<StatusAnswer> status = ask_for_status(address);
  if (!status || !status->leader || status->members.size() != nodes_.size()) return false;
  return std::ranges::all_of(status->members,
                             [](const MemberStatus& member) { return member.vote && member.reachable; });
}

}  // namespace bellwether::bench
