// client/source.hpp: where the messages come from. A source fills the appender whenever it has room.
// Threads: the one that runs the io_context.
#pragma once

#include <string>

namespace bellwether::client {

class Source {
 public:
  virtual ~Source() = default;
  virtual void start() = 0;
  virtual void on_room() = 0;               // the appender takes messages again
  virtual void stop() = 0;                  // makes no more messages, and finishes the appender
  virtual std::string problem() const = 0;  // why it ended before its end; empty: it did not
};

}  // namespace bellwether::client
