// node/repairs.hpp: what becomes of entries that this node's log cannot give back any more (consensus.md S6): says so
// once, has the core fetch them from the other members, and stores what comes.
// Threads: the I/O thread.
#pragma once

#include <asio/io_context.hpp>
#include <cstddef>
#include <functional>
#include <map>
#include <vector>

#include "node/engine.hpp"
#include "storage/log_store.hpp"

namespace bellwether::node {

class Repairs {
 public:
  // `on_readable`: some entries that could not be read can be read again.
  Repairs(asio::io_context& io, Engine& engine, std::function<void()> on_readable);

  // False: some of them are not decided, so that nobody else need have them; this node's log is of no use any more.
  bool on_damage(const storage::Damage& damage);
  void on_repaired(std::vector<replication::RepairedEntry> entries);

 private:
  struct Known {
    Index last = 0;
    Index missing = 0;  // how many of them
  };

  void say(const storage::Damage& damage);
  void on_stored(const std::vector<Index>& indexes, const Result<void>& stored);
  void note_repaired(Index index);

  asio::io_context& io_;
  Engine& engine_;
  std::function<void()> on_readable_;
  std::map<Index, Known> known_;  // by the first entry: what was said
};

}  // namespace bellwether::node
