#include <cstdio>
#include <random>
#include <string>
#include <utility>

#include "client/message_walker.hpp"
#include "client/tail.hpp"
#include "commands.hpp"
#include "complete.hpp"
#include "message_line.hpp"
#include "output.hpp"

namespace bellwether::ctl {
namespace {

// Writes what arrives together in one piece: up to 1 MiB at a time when there is much.
class Printer {
 public:
  explicit Printer(const Options& options) : options_(options) {}

  bool print(const Messages& messages) {
    text_.clear();
    Offset offset = messages.offset;
    for (const Bytes& piece : messages.body) {
      client::MessageWalker walker(piece);
      while (const auto message = walker.next()) {
        add_message_line(text_, options_, offset, time_of(messages, offset), *message);
        offset += 1;
      }
    }
    if (offset != messages.offset + messages.count)
      problem_ = "a member sent a body that does not hold its messages";
    written_ = write_to_stdout(text_);
    if (written_ == Written::failed) problem_ = "stdout cannot be written";
    return problem_.empty() && written_ == Written::all;
  }

  bool reader_gone() const { return written_ == Written::reader_gone; }
  const std::string& problem() const { return problem_; }

 private:
  static std::uint64_t time_of(const Messages& messages, Offset offset) {
    const std::size_t place = offset - messages.offset;
    return place < messages.times_ms.size() ? messages.times_ms[place] : 0;
  }

  const Options& options_;
  std::string text_;
  std::string problem_;
  Written written_ = Written::all;
};

}  // namespace

int run_tail(const Options& options) {
  if (options.limit == 0u) return 0;
  client::TailOptions tail_options;
  tail_options.from = options.from;
  tail_options.limit = options.limit;
  tail_options.follow = options.follow;
  tail_options.local = options.local;

  Printer printer(options);
  client::Tail::Events events;
  events.on_messages = [&](const Messages& messages) { return printer.print(messages); };
  if (options.follow) {
    events.on_waiting = [](const std::string& reason) {
      std::fprintf(stderr, "bellwetherctl: %s; going on elsewhere\n", reason.c_str());
    };
  }
  asio::io_context io(1);
  client::Tail tail(client::Members(options.members), tail_options, std::random_device{}(),
                    std::move(events));
  const Result<Offset> end = complete(io, tail.run(options.timeout));
  if (printer.reader_gone()) return 0;
  if (!printer.problem().empty()) return not_done(printer.problem());
  if (!end) return not_done(end.error().what);
  return 0;
}

}  // namespace bellwether::ctl
