#include "last_words.hpp"

#include <unistd.h>

#include <csignal>
#include <cstring>

namespace bellwether::simulation {

namespace {

char last_words[512];

void print_last_words(int) {
  // Only what is allowed in a signal handler; abort() goes on after it.
  [[maybe_unused]] const auto written = write(STDERR_FILENO, last_words, std::strlen(last_words));
}

}  // namespace

void now_running(const std::string& command) {
  const std::string words = "aborted in: " + command + "\n";
  std::strncpy(last_words, words.c_str(), sizeof last_words - 1);
  std::signal(SIGABRT, print_last_words);
}

}  // namespace bellwether::simulation
