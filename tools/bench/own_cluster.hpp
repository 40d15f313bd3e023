// bench/own_cluster.hpp: nodes of our own on 127.0.0.1, each with its data below one temporary directory. Neither
// process nor file outlives this object; should this program be killed, the kernel kills the nodes.
// Threads: the one that made it.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "options.hpp"

namespace bellwether::bench {

class Cluster {
 public:
  // All of them are voters, know the leader and reach each other when it returns.
  // Errors: the program cannot be started, a node exits, or they do not come together.
  static Result<std::unique_ptr<Cluster>> start(const OwnCluster& options);
  explicit Cluster(std::string directory) : directory_(std::move(directory)) {}
  ~Cluster();
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  std::vector<std::string> addresses() const;
  std::vector<pid_t> processes() const;
  // Errors: a node has exited; `what` is the end of what it said.
  Result<void> check();

 private:
  struct Node {
    pid_t process = 0;
    std::string address;
    std::string log;
    bool exited = false;
  };
  Result<void> add_node(const OwnCluster& options);
  Result<void> wait_for_voters();
  bool are_all_voters(const std::string& address) const;

  std::string directory_;
  std::vector<Node> nodes_;
};

}  // namespace bellwether::bench
