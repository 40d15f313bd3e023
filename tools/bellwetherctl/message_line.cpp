#include "message_line.hpp"

#include "protocol/plain_json.hpp"

namespace bellwether::ctl {

void add_message_line(std::string& text, const Options& options, Offset offset, std::uint64_t time_ms,
                      std::string_view message) {
  if (options.json) {
    text += json_of_message(offset, time_ms, message);
    return;
  }
  if (options.offsets) text += std::to_string(offset) + "\t";
  text += message;
  text += '\n';
}

}  // namespace bellwether::ctl
