#include "world/fault_selection.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "world/number_range.hpp"

namespace bellwether::simulation {

namespace {

constexpr std::uint64_t numbers_max =
    1'000'000;  // in one list, so that a typing error doesn't fill the memory

std::vector<std::string_view> parts_of(std::string_view text) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const auto comma = text.find(',');
    parts.push_back(text.substr(0, comma));
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
  }
  return parts;
}

}  // namespace

std::optional<Fault> fault_from(std::string_view name) {
  const auto found = std::ranges::find(fault_names, name);
  if (found == fault_names.end()) return std::nullopt;
  return static_cast<Fault>(found - fault_names.begin());
}

FaultCounts& FaultCounts::operator+=(const FaultCounts& other) {
  for (std::size_t i = 0; i < of.size(); ++i) of[i] += other.of[i];
  return *this;
}

std::string text(const std::set<Fault>& faults) {
  std::string joined;
  for (const Fault fault : faults) joined += (joined.empty() ? "" : ",") + std::string(name_of(fault));
  return joined;
}

std::string text(const std::set<std::uint64_t>& numbers) {
  std::string joined;
  for (auto at = numbers.begin(); at != numbers.end();) {
    const std::uint64_t first = *at;
    std::uint64_t last = first;
    while (++at != numbers.end() && *at == last + 1) last = *at;
    joined += (joined.empty() ? "" : ",") + std::to_string(first);
    if (last != first) joined += "-" + std::to_string(last);
  }
  return joined;
}

Result<std::set<Fault>> faults_from(std::string_view text) {
  std::set<Fault> faults;
  for (const auto part : parts_of(text)) {
    const auto fault = fault_from(part);
    if (!fault) return failure(std::errc::invalid_argument, "there is no fault '" + std::string(part) + "'");
    faults.insert(*fault);
  }
  return faults;
}

Result<std::set<std::uint64_t>> numbers_from(std::string_view text) {
  std::set<std::uint64_t> numbers;
  for (const auto part : parts_of(text)) {
    const auto range = number_range_from(part);
    if (!range || range->last - range->first >= numbers_max) {
      return failure(std::errc::invalid_argument,
                     "'" + std::string(part) + "' is neither a number nor a range such as 4-9");
    }
    for (std::uint64_t i = 0; i <= range->last - range->first; ++i) numbers.insert(range->first + i);
  }
  return numbers;
}

}  // namespace bellwether::simulation
