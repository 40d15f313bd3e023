#include "inspect_view.hpp"

#include <array>
#include <cstdint>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>

namespace bellwether::ctl {
namespace {

using nlohmann::ordered_json;

// What is known of one segment, from what was read or else from its neighbours' first records.
struct SegmentView {
  std::uint64_t number = 0;
  const char* what = "";
  std::uint64_t used_bytes = 0;
  Index first = 0;  // entries [first, end)
  Index end = 0;
  Offset first_offset = 0;  // messages [first_offset, end_offset)
  Offset end_offset = 0;
  Ballot ballot;  // of the last entry before it
};

std::vector<SegmentView> views_of(const storage::Inspection& found) {
  std::vector<SegmentView> views;
  for (std::size_t at = 0; at < found.segments.size(); ++at) {
    const auto& [header, opening] = found.segments[at];
    SegmentView view{.number = header.number, .what = "room made ahead", .ballot = {}};
    if (opening) {
      const bool is_full = at + 1 < found.segments.size() && found.segments[at + 1].opening;
      view.what = is_full ? "full" : "newest";
      view.first = view.end = opening->last + 1;
      view.first_offset = view.end_offset = opening->next_offset;
      view.ballot = opening->last_ballot;
      if (is_full) {
        const storage::Opening& next = *found.segments[at + 1].opening;
        view.used_bytes = next.previous_end - header.start;
        view.first = next.previous_first.index;
        view.first_offset = next.previous_first.offset;
        view.end = next.last + 1;
        view.end_offset = next.next_offset;
      } else if (found.reading && found.problem.empty()) {
        view.used_bytes = found.reading->position - header.start;
        view.first = found.reading->map->segments().back().first.index;
        view.first_offset = found.reading->map->segments().back().first.offset;
        view.end = found.reading->map->last() + 1;
        view.end_offset = found.reading->map->next_offset();
      }
    }
    views.push_back(view);
  }
  return views;
}

std::string text_of(const Ballot& ballot) {
  return "round " + std::to_string(ballot.round) + ", priority " + std::to_string(ballot.priority) +
         ", node " + std::to_string(number(ballot.id));
}

std::string range(std::uint64_t first, std::uint64_t end) {
  if (first >= end) return "-";
  return std::to_string(first) + " to " + std::to_string(end - 1);
}

std::string segment_lines(const storage::Inspection& found) {
  std::string text = "  segment  entries               messages              bytes used    what\n";
  for (const SegmentView& view : views_of(found)) {
    std::array<char, 160> line{};
    std::snprintf(line.data(), line.size(), "  %-7llu  %-20s  %-20s  %-12llu  %s\n",
                  static_cast<unsigned long long>(view.number), range(view.first, view.end).c_str(),
                  range(view.first_offset, view.end_offset).c_str(),
                  static_cast<unsigned long long>(view.used_bytes), view.what);
    text += line.data();
  }
  return text;
}

std::string state_lines(const storage::LogReading& reading) {
  const replication::StableState& state = reading.state;
  std::string text = "promised: " + text_of(state.promised()) + "\n";
  if (state.is_removed()) text += "removed: this node is no member any more\n";
  text += "decided: entry " + std::to_string(state.decided()) + " of " + std::to_string(state.last()) +
          ", as far as this node has noted\n";
  const storage::BaseMark base = reading.map->base();
  text += "first message kept: " + std::to_string(base.next_offset) +
          (base.index > 0 ? "; entries up to " + std::to_string(base.index) +
                                " are dropped, a snapshot stands for them\n"
                          : ", nothing was dropped\n");
  if (reading.torn_end > reading.position) {
    text += "unfinished: " + std::to_string(reading.torn_end - reading.position) +
            " bytes of a write that was never acknowledged, at the end; the next start cuts them off\n";
  }
  for (const std::string& note : reading.report.notes) text += "note: " + note + "\n";
  if (state.lost().index > 0) {
    text += "lost: the log ended with entry " + std::to_string(state.lost().index) + " of " +
            text_of(state.lost().ballot) + ", and not all of it is here\n";
  }
  text += "ballots:\n";
  for (const auto& run : state.ballots().runs()) {
    text += "  from entry " + std::to_string(run.first) + ": " + text_of(run.ballot) + "\n";
  }
  text += "members of cluster " + state.decided_state().cluster() + ":\n";
  for (const auto& [id, member] : state.decided_state().members().all()) {
    text += "  " + std::to_string(number(id)) + "  " + member.address +
            (member.votes ? "  votes" : "  learner") + "\n";
  }
  return text + "producers: " + std::to_string(state.decided_state().producers().size()) + "\n";
}

ordered_json json_of(const Ballot& ballot) {
  return {{"round", ballot.round}, {"priority", ballot.priority}, {"id", number(ballot.id)}};
}

ordered_json segments_json(const storage::Inspection& found) {
  ordered_json segments = ordered_json::array();
  for (const SegmentView& view : views_of(found)) {
    segments.push_back({{"number", view.number},
                        {"what", view.what},
                        {"bytes", view.used_bytes},
                        {"first_entry", view.first},
                        {"end_entry", view.end},
                        {"first_offset", view.first_offset},
                        {"end_offset", view.end_offset}});
  }
  return segments;
}

void add_state(ordered_json& json, const storage::LogReading& reading) {
  const replication::StableState& state = reading.state;
  json["promised"] = json_of(state.promised());
  json["removed"] = state.is_removed();
  json["decided"] = state.decided();
  if (state.lost().index > 0)
    json["lost"] = {{"last", state.lost().index}, {"ballot", json_of(state.lost().ballot)}};
  if (!reading.report.notes.empty()) json["notes"] = reading.report.notes;
  json["last"] = state.last();
  json["base"] = reading.map->base().index;
  json["cluster"] = state.decided_state().cluster();
  json["first_offset"] = reading.map->base().next_offset;
  json["next_offset"] = state.decided_state().next_offset();
  for (const auto& run : state.ballots().runs()) {
    json["ballots"].push_back({{"first_entry", run.first}, {"ballot", json_of(run.ballot)}});
  }
  for (const auto& [id, member] : state.decided_state().members().all()) {
    json["members"].push_back({{"id", number(id)}, {"address", member.address}, {"vote", member.votes}});
  }
}

}  // namespace

std::string show_inspection(const storage::Inspection& found) {
  std::string text = segment_lines(found);
  for (const auto& [index, problem] : found.checkpoints) {
    text +=
        "checkpoint of entry " + std::to_string(index) + ": " + (problem.empty() ? "good" : problem) + "\n";
  }
  for (const auto& [segment, entries, problem] : found.repairs) {
    text += "repair of segment " + std::to_string(segment) + ": " +
            (problem.empty() ? std::to_string(entries) + " entries" : problem) + "\n";
  }
  if (found.reading) text += state_lines(*found.reading);
  return text;
}

std::string json_of_inspection(const storage::Inspection& found, const storage::Verification* verified) {
  ordered_json json;
  json["segments"] = segments_json(found);
  json["checkpoints"] = ordered_json::array();
  for (const auto& [index, problem] : found.checkpoints) {
    json["checkpoints"].push_back({{"entry", index}, {"good", problem.empty()}});
  }
  json["repairs"] = ordered_json::array();
  for (const auto& [segment, entries, problem] : found.repairs) {
    json["repairs"].push_back({{"segment", segment}, {"entries", entries}, {"good", problem.empty()}});
  }
  if (found.reading) add_state(json, *found.reading);
  if (!found.problem.empty()) json["problem"] = found.problem;
  if (verified != nullptr) {
    json["problems"] = verified->problems;
    json["repaired"] = verified->repaired;
  }
  return json.dump() + "\n";
}

}  // namespace bellwether::ctl
