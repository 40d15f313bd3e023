#include "storage/log_trimmer.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "storage/index_file.hpp"
#include "storage/repair_file.hpp"
#include "storage/segment_format.hpp"

namespace bellwether::storage {
namespace {

constexpr std::uint64_t none = std::numeric_limits<std::uint64_t>::max();

std::uint64_t oldest_in(const std::vector<std::string>& names) {
  std::uint64_t oldest = none;
  for (const std::string& name : names) {
    for (const auto number :
         {segment_number(name), segment_number_of_index(name), segment_number_of_repair(name)})
      oldest = std::min(oldest, number.value_or(none));
  }
  return oldest;
}

Result<void> remove_if_there(Folder& folder, const std::vector<std::string>& names, const std::string& name) {
  if (std::ranges::find(names, name) == names.end()) return {};
  return folder.remove(name);
}

}  // namespace

void LogTrimmer::trim(std::uint64_t before) {
  background_.add([this, before] { remove_oldest(before); });
}

void LogTrimmer::remove_oldest(std::uint64_t before) {
  const auto names = folder_.list();
  auto removed = names ? Result<void>() : tl::unexpected(names.error());
  if (removed) {
    const std::uint64_t oldest = oldest_in(*names);
    if (oldest >= before) return;
    removed = remove_if_there(folder_, *names, index_name(oldest));
    if (removed) removed = remove_if_there(folder_, *names, repair_name(oldest));
    if (removed) removed = remove_if_there(folder_, *names, segment_name(oldest));
    if (removed) removed = folder_.sync();
    if (removed) trim(before);
  }
  if (!removed && on_failure_) on_failure_(removed.error());
}

}  // namespace bellwether::storage
