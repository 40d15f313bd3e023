#include "child_process.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>

#include "base/random_name.hpp"

namespace bellwether::bench {
namespace {

constexpr std::uint16_t ports_from = 22'000;
constexpr std::uint16_t ports_count = 10'000;

[[noreturn]] void become(std::vector<char*> words, const std::string& log, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);  // it died before that
  setpgid(0, 0);
  const int nothing = open("/dev/null", O_RDWR);
  const int diagnostics = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  dup2(nothing, STDIN_FILENO);
  dup2(nothing, STDOUT_FILENO);
  dup2(diagnostics, STDERR_FILENO);
  execv(words[0], words.data());
  std::perror(words[0]);
  _exit(127);
}

bool is_free(std::uint16_t port) {
  const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool bound = bind(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(probe);
  return bound;
}

}  // namespace

Result<pid_t> start_process(const std::vector<std::string>& words, const std::string& log) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0)
    return failure(std::error_code(errno, std::generic_category()), "cannot start " + words.front());
  if (child == 0) become(std::move(arguments), log, parent);
  return child;
}

std::uint16_t free_port() {
  for (;;) {
    const auto port = static_cast<std::uint16_t>(ports_from + random_number() % ports_count);
    if (is_free(port)) return port;
  }
}

}  // namespace bellwether::bench
