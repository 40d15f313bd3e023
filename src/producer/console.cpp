#include "producer/console.hpp"

#include <unistd.h>

#include <cstdio>

namespace bellwether::producer {
namespace {

constexpr const char* erase_line = "\r\x1b[K";

}  // namespace

Console::Console(bool quiet) : quiet_(quiet), shows_progress_(!quiet && ::isatty(STDERR_FILENO) == 1) {}

Console::~Console() {
  if (!progress_.empty()) std::fputs("\n", stderr);
}

void Console::say(const std::string& line) {
  if (!quiet_) write_above_progress(line);
}

void Console::error(const std::string& line) { write_above_progress("bellwether-producer: " + line); }

void Console::progress(const std::string& line) {
  if (!shows_progress_) return;
  std::fprintf(stderr, "%s%s", erase_line, line.c_str());
  progress_ = line;
}

void Console::write_above_progress(const std::string& line) {
  if (progress_.empty()) {
    std::fprintf(stderr, "%s\n", line.c_str());
  } else {
    std::fprintf(stderr, "%s%s\n%s", erase_line, line.c_str(), progress_.c_str());
  }
}

}  // namespace bellwether::producer
