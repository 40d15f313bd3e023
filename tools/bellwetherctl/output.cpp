#include "output.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace bellwether::ctl {

Written write_to_stdout(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno == EPIPE ? Written::reader_gone : Written::failed;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return Written::all;
}

bool stdout_has_colour() {
  const char* no_colour = std::getenv("NO_COLOR");
  const bool is_wanted = no_colour == nullptr || *no_colour == '\0';
  return is_wanted && ::isatty(STDOUT_FILENO) == 1;
}

}  // namespace bellwether::ctl
