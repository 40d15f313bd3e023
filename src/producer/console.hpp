// producer/console.hpp: what the producer says on stderr while it works. On a terminal the last line shows
// the progress, and every other line goes above it.
// Threads: one.
#pragma once

#include <string>

namespace bellwether::producer {

class Console {
 public:
  explicit Console(bool quiet);
  ~Console();  // leaves no half line behind

  void say(const std::string& line);    // unless quiet
  void error(const std::string& line);  // always
  void progress(const std::string& line);
  bool shows_progress() const { return shows_progress_; }

 private:
  void write_above_progress(const std::string& line);

  bool quiet_;
  bool shows_progress_;
  std::string progress_;
};

}  // namespace bellwether::producer
