#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "client/message_walker.hpp"
#include "commands.hpp"
#include "inspect_view.hpp"
#include "message_line.hpp"
#include "output.hpp"
#include "storage/data_directory.hpp"
#include "storage/inspection.hpp"
#include "storage/posix_folder.hpp"

namespace bellwether::ctl {
namespace {

int written(const std::string& text, int status) {
  return write_to_stdout(text) == Written::failed ? not_done("stdout cannot be written") : status;
}

// Messages [from, to), in pieces of what is read at once.
class Dump {
 public:
  explicit Dump(const Options& options) : options_(options) {}

  bool print(Offset offset, const Entry& entry) {
    text_.clear();
    const Bytes messages = messages_of(entry);
    client::MessageWalker walker(messages);
    while (const auto message = walker.next()) {
      if (offset >= options_.dump[0] && offset < options_.dump[1])
        add_message_line(text_, options_, offset, entry.time_ms, *message);
      ++offset;
    }
    result_ = write_to_stdout(text_);
    return result_ == Written::all;
  }

  bool failed() const { return result_ == Written::failed; }

 private:
  const Options& options_;
  std::string text_;
  Written result_ = Written::all;
};

int dump(const Options& options, storage::Folder& folder, const storage::Inspection& found) {
  if (!found.reading) return not_done(found.problem);
  const Offset end = found.reading->state.decided_state().next_offset();
  Dump dump(options);
  const auto visited =
      storage::visit_messages(folder, *found.reading, options.dump[0], std::min(options.dump[1], end),
                              [&](Offset offset, const Entry& entry) { return dump.print(offset, entry); });
  if (!visited) return not_done(visited.error().what);
  if (dump.failed()) return not_done("stdout cannot be written");
  if (options.dump[1] > end) return not_done("decided messages end before " + std::to_string(end));
  return 0;
}

int verify(const Options& options, storage::Folder& folder, const storage::Inspection& found) {
  auto verified = storage::verify_log(folder, found, [&](const storage::SegmentHeader& segment) {
    if (!options.json && stdout_has_colour()) {
      std::fprintf(stderr, "\rsegment %llu of %zu", static_cast<unsigned long long>(segment.number),
                   found.segments.size());
    }
  });
  for (std::string& problem : storage::verify_names(options.directory))
    verified.problems.push_back(std::move(problem));
  const int status = verified.problems.empty() ? 0 : 1;
  if (options.json) return written(json_of_inspection(found, &verified), status);
  std::string text = show_inspection(found);
  for (const std::string& repaired : verified.repaired) text += "repaired: " + repaired + "\n";
  for (const std::string& problem : verified.problems) text += "problem: " + problem + "\n";
  if (verified.problems.empty())
    text += verified.repaired.empty()
                ? "verified: every record of every segment is whole\n"
                : "verified: every entry can be read, what is damaged from its repair\n";
  return written(text, status);
}

}  // namespace

int run_inspect(const Options& options) {
  const std::filesystem::path directory = options.directory;
  const auto lock = storage::lock_to_inspect(directory);
  if (!lock) return not_done(lock.error().what);
  storage::PosixFolder folder(directory / "log", storage::PosixFolder::Access::read_only);
  const storage::Inspection found = storage::inspect_log(folder);
  if (!options.dump.empty()) return dump(options, folder, found);
  if (options.verify) return verify(options, folder, found);
  if (options.json) return written(json_of_inspection(found, nullptr), found.problem.empty() ? 0 : 1);
  if (const int status = written(show_inspection(found), 0); status != 0) return status;
  return found.problem.empty() ? 0 : not_done(found.problem);
}

}  // namespace bellwether::ctl
