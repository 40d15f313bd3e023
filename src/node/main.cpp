// bellwether-node: a node of a cluster. Exit status: 0 stopped or left as asked, 1 failed, 2 usage, 3 nobody
// to join.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "http/server.hpp"
#include "node/descriptors.hpp"
#include "node/log.hpp"
#include "node/options.hpp"
#include "node/program.hpp"

namespace {

const char* environment(const char* name) { return std::getenv(name); }

int run(const bellwether::node::Options& options) {
  namespace log = bellwether::node::log;
  log::start({options.log_level, options.log_json});
  int status = 0;
  bool is_over = false;
  while (!is_over) {
    bellwether::node::Program program(options, [](bellwether::node::Service& service) {
      return std::make_shared<bellwether::http::Server>(service);
    });
    status = program.run();
    is_over = !program.is_to_join_anew();
  }
  log::stop();
  return status;
}

}  // namespace

int main(int count, char** arguments) {
  bellwether::node::raise_descriptor_limit();
  std::signal(SIGPIPE, SIG_IGN);  // a closed stdout or socket is an error where it is written, not the end
  const std::vector<std::string> given(arguments + 1, arguments + count);
  auto options = bellwether::node::parse_options(given, &environment);
  if (const auto* early = std::get_if<bellwether::node::EarlyExit>(&options)) {
    std::fputs(early->text.c_str(), early->status == 0 ? stdout : stderr);
    return early->status;
  }
  return run(std::get<bellwether::node::Options>(options));
}
