// fake_cluster.hpp: members of a cluster played in this process: they speak packets over real sockets,
// share one log that recognises repeated groups, and misbehave as a test asks. No consensus: the test says
// who leads.
// Threads: the one that runs the io_context.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "protocol/codec.hpp"
#include "protocol/packets.hpp"

namespace bellwether {

// For GoogleTest, which finds it by name.
inline void PrintTo(ErrorCode code, std::ostream* out) { *out << to_string(code); }

}  // namespace bellwether

namespace bellwether::client {

class FakeMember;

// What all members of the cluster know.
class FakeCluster {
 public:
  explicit FakeCluster(asio::io_context& io) : io_(io) {}
  ~FakeCluster();

  FakeMember& add();  // one more member, listening on a free port; the first one leads
  FakeMember& member(std::size_t i) { return *members_[i]; }
  void elect(std::size_t i) {
    leader_ = i;
    ++round_;
  }
  void elect_nobody() { leader_.reset(); }
  void forget_producers() { producers_.clear(); }

  std::vector<std::string> log;             // every message, stored
  std::vector<std::uint32_t> group_counts;  // messages of each group, in the order of the log
  int registrations = 0;

 private:
  friend class FakeMember;
  struct Producer {
    Sequence last = 0;
    std::map<Sequence, Offset> offsets;
  };
  Packet store(const AppendRequest& request);
  std::optional<LeaderInfo> leader() const;

  asio::io_context& io_;
  std::vector<std::shared_ptr<FakeMember>> members_;
  std::optional<std::size_t> leader_;
  std::uint64_t round_ = 1;  // of the leader's ballot
  std::map<ProducerId, Producer> producers_;
};

class FakeMember : public std::enable_shared_from_this<FakeMember> {
 public:
  FakeMember(FakeCluster& cluster, asio::io_context& io, std::size_t place);

  const std::string& address() const { return address_; }
  LeaderInfo info() const;
  bool leads() const;
  void listen();
  void die();      // every connection breaks, nobody can connect
  void restart();  // on the same port

  // ---- the script
  std::function<std::optional<Packet>(const AppendRequest&)>
      instead_of_storing;                  // this answer, and nothing is stored
  std::optional<int> appends_until_death;  // so many are stored and not answered, then it dies
  std::optional<LeaderInfo> believes_in;   // whom it names as the leader, whatever is true
  std::size_t write_bytes_max = SIZE_MAX;  // answers go out in pieces of that size
  bool is_silent = false;                  // takes requests and says nothing

  int connections_accepted = 0;
  int appends_received = 0;

 private:
  struct Peer;
  asio::awaitable<void> accept_loop();
  asio::awaitable<void> serve(std::shared_ptr<Peer> peer);
  asio::awaitable<void> write(std::shared_ptr<Peer> peer, Packet packet, std::string id);
  asio::awaitable<void> tail(std::shared_ptr<Peer> peer, TailRequest request);
  std::optional<Packet> answer_to(const Packet& request);
  std::optional<Packet> answer_to_append(const AppendRequest& request);
  Packet status() const;
  Packet members() const;

  FakeCluster& cluster_;
  asio::io_context& io_;
  std::size_t place_;
  asio::ip::tcp::acceptor acceptor_;
  std::string address_;
  std::uint16_t port_ = 0;
  std::vector<std::weak_ptr<Peer>> peers_;
};

ErrorAnswer error_answer(ErrorCode code, std::string message = "as the test wants it");
std::vector<std::string> messages_in(const Bytes& body);

// Runs the loop until `condition` holds. False: it did not within the time.
bool run_until(asio::io_context& io, const std::function<bool()>& condition,
               std::chrono::milliseconds within = std::chrono::seconds(20));

}  // namespace bellwether::client
