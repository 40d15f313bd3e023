// node/tail_reader.hpp: whom a tail goes to.
// Threads: the I/O thread.
#pragma once

#include "protocol/packets.hpp"

namespace bellwether::node {

class TailReader {
 public:
  virtual ~TailReader() = default;
  virtual bool is_full() const = 0;  // it has to take what it got before it gets more
  virtual void add(const Packet& packet) = 0;
  virtual void end(const Packet& packet) = 0;  // the last one
};

}  // namespace bellwether::node
